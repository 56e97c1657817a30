package io.evenkeel.wire;

import java.time.Duration;

/**
 * What one conversation may cost, from dialling to the last byte.
 *
 * @param timeout for the whole conversation, not for each read
 * @param maxBytes the most that is read from the peer
 */
public record Limits(Duration timeout, long maxBytes) {
  /**
   * @throws IllegalArgumentException when either is not positive
   */
  public Limits {
    if (timeout.isNegative() || timeout.isZero() || maxBytes <= 0) {
      throw new IllegalArgumentException("limits must be positive: " + timeout + ", " + maxBytes);
    }
  }
}
