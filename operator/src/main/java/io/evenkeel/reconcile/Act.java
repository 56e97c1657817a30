package io.evenkeel.reconcile;

import io.evenkeel.core.decide.Correction;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what was decided, one guarded write after the other. */
public final class Act {
  private static final Logger LOG = LoggerFactory.getLogger(Act.class);

  private final InstantSource clock;
  private final BooleanSupplier mayWrite;
  private final Pollers pollers;
  private final Meters meters;

  public Act(InstantSource clock, BooleanSupplier mayWrite, Pollers pollers, Meters meters) {
    this.clock = clock;
    this.mayWrite = mayWrite;
    this.pollers = pollers;
    this.meters = meters;
  }

  /**
   * @param memory for the next decision
   * @param declared whether the declaring object was written: its cache is behind until an event
   *     arrives
   * @param lookAgain look again now, whatever else
   * @param notices what to tell
   */
  public record Done(
      Memory memory,
      boolean declared,
      boolean wrote,
      boolean lookAgain,
      Optional<String> failure,
      List<Decision.Notice> notices) {}

  /**
   * @param suspended asked before every single write
   */
  public Done act(
      PoolId pool, Gather.Room room, Decision decision, Memory before, BooleanSupplier suspended) {
    Memory memory = decision.memory();
    List<Decision.Notice> notices = new ArrayList<>();
    boolean declared = false;
    boolean wrote = false;
    Optional<String> failure = Optional.empty();
    for (Correction correction : decision.corrections()) {
      if (!mayWrite.getAsBoolean() || suspended.getAsBoolean()) {
        return new Done(
            memory.unwritten(before),
            declared,
            wrote,
            !mayWrite.getAsBoolean(),
            Optional.empty(),
            notices);
      }
      Outcome outcome = room.provider().apply(room.assignment(), correction.write());
      Instant now = clock.instant();
      Duration took = Duration.between(correction.detectedAt(), now);
      switch (outcome) {
        case Outcome.Applied(String what, String version) -> {
          wrote = true;
          declared |= correction.write() instanceof Write.Declare;
          boolean corrected = correction.kind() == Correction.Kind.CORRECT;
          LOG.info(
              "{} pool={} what=\"{}\" why=\"{}\" took_ms={} version={}",
              corrected ? "corrected" : "followed",
              pool,
              what,
              correction.cause(),
              took.toMillis(),
              version);
          meters.wrote(correction, "applied", took);
          if (corrected) {
            memory =
                memory.with(
                    memory.writes().corrected(new Memory.Corrected(what, now, took.toMillis())));
          }
          notices.add(
              new Decision.Notice(
                  Decision.Notice.Severity.NORMAL,
                  corrected ? "Corrected" : "Followed",
                  what
                      + ", because "
                      + correction.cause()
                      + (corrected ? " (" + took.toMillis() + " ms after detection)" : "")));
          if (correction.write() instanceof Write.Program(ReplicaId replica, Weights ignored)) {
            memory = memory.with(memory.writes().programmed(replica, now));
            // A proxy that did not change since would otherwise not be read again.
            pollers.readAgain(replica);
          }
        }
        case Outcome.Unchanged() -> meters.wrote(correction, "unchanged", took);
        case Outcome.Conflict(String message) -> {
          LOG.debug("conflict pool={} why={}", pool, message);
          meters.wrote(correction, "conflict", took);
          return new Done(
              memory.unwritten(before), declared, wrote, true, Optional.empty(), notices);
        }
        case Outcome.Refused(String reason, String message) -> {
          meters.wrote(correction, "refused", took);
          failure = Optional.of(failed(pool, reason + ": " + message, notices));
        }
        case Outcome.Failed(String message) -> {
          meters.wrote(correction, "failed", took);
          failure = Optional.of(failed(pool, message, notices));
        }
      }
    }
    // One replica that refuses or hangs must not keep the others from being corrected.
    Memory after = failure.isPresent() ? memory.unwritten(before) : memory;
    return new Done(after, declared, wrote, false, failure, notices);
  }

  private static String failed(PoolId pool, String message, List<Decision.Notice> notices) {
    LOG.warn("not corrected pool={} why=\"{}\"", pool, message);
    notices.add(new Decision.Notice(Decision.Notice.Severity.WARNING, "CorrectionFailed", message));
    return message;
  }
}
