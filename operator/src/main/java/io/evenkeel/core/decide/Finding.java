package io.evenkeel.core.decide;

import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.ReplicaId;
import java.time.Instant;
import java.util.Optional;

/** Something that is not as it should be, reported at the lowest rung where it starts. */
public sealed interface Finding {
  /** A sentence with numbers, for people. */
  String message();

  /** Rungs in the order of the ladder. */
  enum Rung {
    DESIRED,
    DECLARED,
    LIVE,
    OBSERVED
  }

  /**
   * The distribution departs from the rung above although nothing was asked to change.
   *
   * @param key stable while the same difference lasts
   * @param field what differs, such as {@code backendRefs[green].weight}
   * @param from what it was, or should be
   * @param to what it is
   */
  record Drift(
      Rung rung,
      String key,
      String field,
      String from,
      String to,
      Optional<ReplicaId> replica,
      Optional<Declared.Writer> writer,
      Instant since,
      String message)
      implements Finding {}

  /**
   * The configuration has not followed a change of the spec or of the endpoints yet.
   *
   * @param since when this was first so
   */
  record Behind(Rung rung, String message, Instant since) implements Finding {}

  /**
   * A difference that is explained and never corrected (health, slow start, drain, sticky sessions,
   * too few requests).
   */
  record Explained(Rung rung, String reason, Optional<ReplicaId> replica, String message)
      implements Finding {}

  /** A rung that cannot be judged. Unknown is never even. */
  record Unjudged(Rung rung, String reason, Optional<ReplicaId> replica, String message)
      implements Finding {}

  /**
   * Not a difference but a reason why evenness cannot be promised (SharedEndpoint, quantisation,
   * capacity).
   */
  record Lint(String reason, String message) implements Finding {}
}
