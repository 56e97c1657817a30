package io.evenkeel.core.plan;

import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.util.Optional;

/**
 * What to write for a pool, and what will come of it.
 *
 * @param weights empty when no endpoint can get traffic: the last good weights stay in place then
 * @param desired what the pool asks for
 * @param effective what the implementation makes of {@code weights}; none when there are no weights
 * @param deviation the largest relative deviation of effective from desired
 * @param withinTolerance whether that deviation is tolerated; false when there are no weights
 * @param problem why evenness cannot be had, if so
 */
public record Plan(
    Optional<Weights> weights,
    Distribution<EndpointId> desired,
    Distribution<EndpointId> effective,
    Share deviation,
    boolean withinTolerance,
    Optional<Problem> problem) {
  /**
   * @param reason CamelCase, for conditions
   * @param message a sentence with numbers that says what to change
   */
  public record Problem(String reason, String message) {}
}
