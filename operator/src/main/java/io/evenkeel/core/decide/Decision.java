package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.read.ReplicaId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The one value from which writes, status, events and metrics are made.
 *
 * @param weights what should be declared; empty when nothing can be (then the last good ones stay
 *     in place)
 * @param replicas a verdict for each replica
 * @param nextLook look again after this even if nothing happens
 * @param memory to be handed to the next decision once the corrections have been carried out
 */
public record Decision(
    Optional<Weights> weights,
    Ladder ladder,
    List<Finding> findings,
    List<Correction> corrections,
    List<Condition> conditions,
    List<ReplicaVerdict> replicas,
    List<Notice> notices,
    Optional<Duration> nextLook,
    Memory memory) {
  public Decision {
    findings = List.copyOf(findings);
    corrections = List.copyOf(corrections);
    conditions = List.copyOf(conditions);
    replicas = List.copyOf(replicas);
    notices = List.copyOf(notices);
  }

  public record ReplicaVerdict(ReplicaId replica, State state, String message) {
    /** What the live rung says of one replica. */
    public enum State {
      VERIFIED,
      MISMATCH,
      UNKNOWN,
      NOT_COUNTED
    }
  }

  /** An event to publish, on a change of state only. */
  public record Notice(Severity severity, String reason, String message) {
    /** As Kubernetes events have them. */
    public enum Severity {
      NORMAL,
      WARNING
    }
  }
}
