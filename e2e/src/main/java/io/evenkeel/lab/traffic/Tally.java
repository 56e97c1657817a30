package io.evenkeel.lab.traffic;

import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the requests sent in a window.
 *
 * @param total sent
 * @param failed not answered with 2xx, or not answered at all
 * @param perBackend answered with 2xx, by the backend that answered
 */
public record Tally(long total, long failed, Map<String, Long> perBackend) {
  public Tally {
    perBackend = new TreeMap<>(perBackend);
  }

  /** The failed part, 0..1; 0 of nothing. */
  public double failedShare() {
    return total == 0 ? 0 : (double) failed / total;
  }
}
