package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.Reasons;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what was decided, each write guarded by the room. */
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
   * @param declared the declaring objects that were written, as {@link Outcome.Applied} has them:
   *     their cache is behind until an event arrives
   * @param lookAgain look again now, whatever else
   * @param notices what to tell
   */
  public record Done(
      Memory memory,
      Optional<String> declared,
      boolean wrote,
      boolean lookAgain,
      Optional<String> failure,
      List<Decision.Notice> notices) {}

  /** A correction that was tried; without an outcome when it was withheld at the last moment. */
  private record Tried(Correction correction, Optional<Outcome> outcome, Instant at) {
    Duration took() {
      return Duration.between(correction.detectedAt(), at);
    }
  }

  /**
   * @param suspended asked before every single write
   */
  public Done act(
      PoolId pool, Gather.Room room, Decision decision, Memory before, BooleanSupplier suspended) {
    Tally tally = new Tally(pool, decision.memory());
    attempt(room, decision.corrections(), suspended).forEach(tally::count);
    return tally.done(before, !mayWrite.getAsBoolean());
  }

  /** Side by side: a replica that hangs or refuses keeps no other from being written. */
  private List<Tried> attempt(
      Gather.Room room, List<Correction> corrections, BooleanSupplier suspended) {
    if (corrections.size() == 1) {
      return List.of(attempt(room, corrections.getFirst(), suspended));
    }
    List<Future<Tried>> running;
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      running =
          corrections.stream()
              .map(correction -> writers.submit(() -> attempt(room, correction, suspended)))
              .toList();
    }
    return running.stream()
        .filter(tried -> tried.state() == Future.State.SUCCESS) // else the process is ending
        .map(Future::resultNow)
        .toList();
  }

  private Tried attempt(Gather.Room room, Correction correction, BooleanSupplier suspended) {
    if (!mayWrite.getAsBoolean() || suspended.getAsBoolean()) {
      return new Tried(correction, Optional.empty(), clock.instant());
    }
    Outcome outcome;
    try {
      outcome = room.provider().apply(room.assignment(), correction.write());
    } catch (RuntimeException unexpected) {
      // What the other writes did must not be forgotten for it.
      LOG.warn("write failed write={}", correction.write(), unexpected);
      outcome = new Outcome.Failed(String.valueOf(unexpected.getMessage()));
    }
    return new Tried(correction, Optional.of(outcome), clock.instant());
  }

  /** What came of the writes of one pass. */
  private final class Tally {
    private final PoolId pool;
    private final List<Decision.Notice> notices = new ArrayList<>();
    private Memory memory;
    private Optional<String> declared = Optional.empty();
    private boolean wrote;
    private boolean withheld;
    private boolean conflict;
    private Optional<String> failure = Optional.empty();

    Tally(PoolId pool, Memory memory) {
      this.pool = pool;
      this.memory = memory;
    }

    void count(Tried tried) {
      if (tried.outcome().isEmpty()) {
        withheld = true;
        return;
      }
      switch (tried.outcome().get()) {
        case Outcome.Applied(String what, String version) -> applied(tried, what, version);
        case Outcome.Unchanged() -> measured(tried, "unchanged");
        case Outcome.Conflict(String message) -> {
          LOG.debug("conflict pool={} why={}", pool, message);
          measured(tried, "conflict");
          conflict = true;
        }
        case Outcome.Refused(String reason, String message) -> {
          measured(tried, "refused");
          failed(reason + ": " + message);
        }
        case Outcome.Failed(String message) -> {
          measured(tried, "failed");
          failed(message);
        }
      }
    }

    private void measured(Tried tried, String result) {
      meters.wrote(tried.correction(), result, tried.took());
    }

    private void applied(Tried tried, String what, String version) {
      Correction correction = tried.correction();
      boolean corrected = correction.kind() == Correction.Kind.CORRECT;
      long took = tried.took().toMillis();
      LOG.info(
          "{} pool={} what=\"{}\" why=\"{}\" took_ms={} version={}",
          corrected ? "corrected" : "followed",
          pool,
          what,
          correction.cause(),
          took,
          version);
      measured(tried, "applied");
      wrote = true;
      String where = what;
      switch (correction.write()) {
        case Write.Declare ignored -> declared = Optional.of(version);
        case Write.Program(ReplicaId replica, Weights ignored) -> {
          where = "on " + replica + ": " + what;
          memory = memory.with(memory.writes().programmed(replica, tried.at()));
          // A proxy that did not change since would otherwise not be read again.
          pollers.readAgain(replica, pool);
        }
      }
      if (corrected) {
        memory =
            memory.with(memory.writes().corrected(new Memory.Corrected(where, tried.at(), took)));
      }
      notices.add(
          new Decision.Notice(
              Decision.Notice.Severity.NORMAL,
              corrected ? Reasons.CORRECTED : Reasons.FOLLOWED,
              where
                  + ", because "
                  + correction.cause()
                  + (corrected ? " (" + took + " ms after detection)" : "")));
    }

    private void failed(String message) {
      LOG.warn("not corrected pool={} why=\"{}\"", pool, message);
      notices.add(
          new Decision.Notice(
              Decision.Notice.Severity.WARNING, Reasons.CORRECTION_FAILED, message));
      failure = Optional.of(message);
    }

    Done done(Memory before, boolean mayNotWrite) {
      boolean all = !withheld && !conflict && failure.isEmpty();
      return new Done(
          all ? memory : memory.unwritten(before),
          declared,
          wrote,
          conflict || (withheld && mayNotWrite),
          failure,
          notices);
    }
  }
}
