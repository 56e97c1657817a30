package io.evenkeel.lab.traffic;

import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the requests sent in a window.
 *
 * @param total sent
 * @param failed not answered with 2xx, or not answered at all
 * @param perBackend answered with 2xx, by the backend that answered
 * @param turnedAway answered with anything else by a backend, by the backend: the part of {@code failed} that overload explains
 */
public record Tally(
    long total, long failed, Map<String, Long> perBackend, Map<String, Long> turnedAway) {
  public Tally {
    perBackend = new TreeMap<>(perBackend);
    turnedAway = new TreeMap<>(turnedAway);
  }

  /** The failed part, 0..1; 0 of nothing. */
  public double failedShare() {
    return total == 0 ? 0 : (double) failed / total;
  }
}
