package io.evenkeel.demo;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the audience sees at one moment.
 *
 * @param columns the rungs shown, such as {@code desired} and {@code live edge-0}, each with a
 *     share per address; a column without shares is not known at the moment
 */
public record Frame(
    String title, String story, List<Column> columns, Counters counters, String verdict) {
  public Frame {
    columns = List.copyOf(columns);
  }

  public record Column(String name, Map<String, Double> shares) {
    public Column {
      shares = new TreeMap<>(shares);
    }
  }

  /** Requests of the scenario so far. */
  public record Counters(long total, long failed) {}
}
