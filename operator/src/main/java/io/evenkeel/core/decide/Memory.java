package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Distribution;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the decision remembers of earlier ones. All that matters after a restart comes back from the
 * status of the pool; the rest may be empty then.
 *
 * @param generation the generation last decided on
 * @param desired the distribution last asked for; a change of it makes a write a follow, not a
 *     correction
 * @param lastGood the weights that stand: last written, or found even enough and kept
 * @param conditions as last decided; transition times are kept while a status stays
 * @param tokens left in the correction budget at {@code tokensAt}; starts nearly empty after a
 *     restart
 * @param openDrifts when each open difference, each settling replica and each pause was first seen,
 *     keyed by a stable text
 * @param lastDrift the drift last reported
 * @param lastCorrection the correction last carried out
 * @param lastFollow when a follow write was last made (they are coalesced to one a second)
 */
public record Memory(
    long generation,
    Optional<Distribution<EndpointId>> desired,
    Optional<Weights> lastGood,
    List<Condition> conditions,
    double tokens,
    Instant tokensAt,
    Map<String, Instant> openDrifts,
    Optional<Finding.Drift> lastDrift,
    Optional<Corrected> lastCorrection,
    Optional<Instant> lastFollow) {
  public Memory {
    conditions = List.copyOf(conditions);
    openDrifts = Map.copyOf(openDrifts);
  }

  /** A pool never seen before. */
  public static Memory empty(Instant now) {
    return new Memory(
        0,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        1,
        now,
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * What to remember instead of this when a correction could not be carried out: the change is
   * still to be followed.
   *
   * @param before the memory that the decision was made with
   */
  public Memory unwritten(Memory before) {
    return new Memory(
        before.generation,
        before.desired,
        before.lastGood,
        conditions,
        tokens,
        tokensAt,
        openDrifts,
        lastDrift,
        lastCorrection,
        lastFollow);
  }

  /** With the correction that was carried out last. */
  public Memory corrected(Corrected correction) {
    return new Memory(
        generation,
        desired,
        lastGood,
        conditions,
        tokens,
        tokensAt,
        openDrifts,
        lastDrift,
        Optional.of(correction),
        lastFollow);
  }

  /** A correction that was carried out, and how long after detection. */
  public record Corrected(String what, Instant time, long tookMilliseconds) {}
}
