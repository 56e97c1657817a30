package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Unit;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.core.share.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything that the decision about one pool may look at, gathered at one moment.
 *
 * @param now the moment; the decision reads no clock
 * @param refusal why the pool cannot be served at all (missing class, hostname not allowed, bad
 *     reference), if so
 * @param scale what the provider can express; absent while {@code refusal} says that there is none
 * @param live one reading for each expected replica; empty with {@code liveConfigured} false when
 *     the class reads no proxies
 */
public record Snapshot(
    Instant now,
    Intent intent,
    Optional<Refusal> refusal,
    List<Backend> backends,
    Optional<Scale> scale,
    Reading<Declared> declared,
    boolean liveConfigured,
    List<ReplicaReading> live,
    Bounds bounds,
    Memory memory) {
  public Snapshot {
    backends = List.copyOf(backends);
    live = List.copyOf(live);
  }

  /**
   * What the pool asks for, with every default applied.
   *
   * @param foreignOwnerAcknowledged corrected even though another manager owns the rules
   * @param pauseProblem why a pause that somebody asked for is none, a sentence that says what to
   *     write instead
   */
  public record Intent(
      PoolId pool,
      long generation,
      Unit unit,
      Share tolerance,
      Share driftTolerance,
      Share trafficTolerance,
      boolean refuseUnachievable,
      Mode mode,
      boolean respectDrains,
      int minReadyEndpoints,
      int maxStepPercent,
      boolean foreignOwnerAcknowledged,
      Optional<Pause> pause,
      Optional<String> pauseProblem) {}

  /** Whether corrections are written. */
  public enum Mode {
    OBSERVE,
    CORRECT
  }

  public record Pause(Instant until, String reason) {}

  /**
   * @param accepted true when the pool is accepted but a reference is not (then ResolvedRefs is
   *     False, not Accepted)
   * @param reason a condition reason
   * @param message a sentence that says what to change
   */
  public record Refusal(boolean accepted, String reason, String message) {}

  /** What the class allows, and the moment allows. */
  public record Bounds(
      boolean suspended, Mode mode, Duration settle, int burst, int perMinute, Duration maxPause) {}
}
