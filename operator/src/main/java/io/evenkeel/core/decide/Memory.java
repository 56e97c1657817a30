package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.share.Distribution;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the decision remembers of earlier ones. All that matters after a restart comes back from the
 * status of the pool; the rest may be empty then.
 *
 * @param conditions as last decided; transition times are kept while a status stays
 * @param openDrifts when each open difference, each settling replica and each pause was first seen,
 *     keyed by a stable text
 * @param lastDrift the drift last reported
 */
public record Memory(
    Settled settled,
    List<Condition> conditions,
    Budget budget,
    Map<String, Instant> openDrifts,
    Optional<Finding.Drift> lastDrift,
    Writes writes) {
  public Memory {
    conditions = List.copyOf(conditions);
    openDrifts = Map.copyOf(openDrifts);
  }

  /** A pool never seen before. */
  public static Memory empty(Instant now) {
    return new Memory(
        new Settled(0, Optional.empty(), Optional.empty()),
        List.of(),
        new Budget(1, now),
        Map.of(),
        Optional.empty(),
        new Writes(Optional.empty(), Optional.empty(), Map.of()));
  }

  /**
   * What was asked for and is done.
   *
   * @param generation the generation last decided on
   * @param desired the distribution last asked for; a change of it makes a write a follow, not a
   *     correction
   * @param lastGood the weights that stand: last written, or found even enough and kept; per
   *     backend (the sums of its endpoints) when they come from a status
   */
  public record Settled(
      long generation, Optional<Distribution<EndpointId>> desired, Optional<Weights> lastGood) {
    /**
     * A change is followed in part: whatever is desired next, also what was desired before, has to
     * be followed.
     */
    Settled underWay() {
      return new Settled(generation, Optional.of(Distribution.none()), lastGood);
    }
  }

  /**
   * @param tokens left in the correction budget at {@code at}; starts nearly empty after a restart
   */
  public record Budget(double tokens, Instant at) {}

  /**
   * What was written, and when.
   *
   * @param lastFollow when the declaring object last followed (it does so once a second at most)
   * @param programmed when each replica was last written: what was read of it before says nothing
   */
  public record Writes(
      Optional<Corrected> lastCorrection,
      Optional<Instant> lastFollow,
      Map<ReplicaId, Instant> programmed) {
    public Writes {
      programmed = Map.copyOf(programmed);
    }

    /** With the correction that was carried out last. */
    public Writes corrected(Corrected correction) {
      return new Writes(Optional.of(correction), lastFollow, programmed);
    }

    /** With a replica that was written. */
    public Writes programmed(ReplicaId replica, Instant when) {
      Map<ReplicaId, Instant> with = new HashMap<>(programmed);
      with.put(replica, when);
      return new Writes(lastCorrection, lastFollow, with);
    }
  }

  /** A correction that was carried out, and how long after detection. */
  public record Corrected(String what, Instant time, long tookMilliseconds) {}

  /**
   * What to remember instead of this when a correction could not be carried out: a change is still
   * to be followed, and others of its writes may have been made.
   *
   * @param before the memory that the decision was made with
   */
  public Memory unwritten(Memory before) {
    boolean changed =
        before.settled.desired().isPresent() && !before.settled.desired().equals(settled.desired());
    return new Memory(
        changed ? before.settled.underWay() : before.settled,
        conditions,
        budget,
        openDrifts,
        lastDrift,
        writes);
  }

  /** With the conditions that were told before, because those of this decision are not told. */
  public Memory untold(Memory before) {
    return new Memory(settled, before.conditions, budget, openDrifts, lastDrift, writes);
  }

  public Memory with(Writes written) {
    return new Memory(settled, conditions, budget, openDrifts, lastDrift, written);
  }
}
