package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What stands between a wish and a write: hold, coalescing, budget. A runaway corrector is worse
 * than drift.
 */
final class Guards {
  private static final Duration COALESCE = Duration.ofSeconds(1);

  private Guards() {}

  /** Why nothing is written at all. */
  record Hold(String reason, String message) {}

  /**
   * @param tokens left after the corrections
   * @param declares whether a follow of the declaring object is among the corrections
   * @param withheld whether a follow had to wait
   */
  record Passed(List<Correction> corrections, double tokens, boolean declares, boolean withheld) {
    /** Whether a follow is among the corrections. */
    boolean follows() {
      return corrections.stream().anyMatch(c -> c.kind() == Correction.Kind.FOLLOW);
    }
  }

  static Optional<Hold> hold(Snapshot snapshot, Aim aim, Optional<Pausing> pause) {
    if (snapshot.refusal().isPresent()) {
      Snapshot.Refusal refusal = snapshot.refusal().get();
      if (!refusal.accepted() || snapshot.scale().isEmpty()) {
        return Optional.of(new Hold(refusal.reason(), refusal.message()));
      }
    }
    if (snapshot.bounds().suspended()) {
      return Optional.of(new Hold("Suspended", "the class is suspended: nothing is written"));
    }
    if (snapshot.intent().mode() == Snapshot.Mode.OBSERVE
        || snapshot.bounds().mode() == Snapshot.Mode.OBSERVE) {
      return Optional.of(new Hold("Observing", "mode is Observe: nothing is written"));
    }
    if (pause.isPresent() && pause.get().active()) {
      return Optional.of(new Hold("Paused", pause.get().message()));
    }
    if (aim.frozen().isPresent()) {
      return aim.frozen().map(problem -> new Hold(problem.reason(), problem.message()));
    }
    return snapshot.declared().known().flatMap(declared -> notOurs(snapshot, declared));
  }

  private static Optional<Hold> notOurs(Snapshot snapshot, Declared declared) {
    if (declared.present() && !declared.owned()) {
      return Optional.of(
          new Hold(
              "RouteOwnedByOther",
              "the route exists and belongs to somebody else; rename the pool"));
    }
    return foreignOwner(snapshot, declared)
        .map(owner ->
            new Hold(
                owner.yielding() ? "Yielding" : "ManagedElsewhere",
                owner.name() + ": " + owner.remedy()));
  }

  /** Who keeps Evenkeel from writing: one that runs something, or that nobody acknowledged. */
  static Optional<Declared.ForeignOwner> foreignOwner(Snapshot snapshot, Declared declared) {
    return declared
        .foreignOwner()
        .filter(owner -> owner.yielding() || !snapshot.intent().foreignOwnerAcknowledged());
  }

  static Passed pass(Snapshot snapshot, Aim aim, Optional<Hold> hold, Judged judged) {
    double tokens = tokens(snapshot);
    List<Correction> corrections = new ArrayList<>();
    boolean declares = false;
    boolean withheld = false;
    boolean exhausted = false;
    for (Judged.Wish wish : judged.wishes) {
      boolean follow = wish.kind() == Correction.Kind.FOLLOW;
      Duration wait = follow ? untilFollow(snapshot, wish.write()) : Duration.ZERO;
      // A refused spec must not get into a route by way of a correction: all of it is written.
      boolean refused = aim.refused().isPresent() && wish.write() instanceof Write.Declare;
      if (hold.isPresent() || refused) {
        withheld |= follow;
      } else if (wait.isPositive()) {
        withheld = true;
        judged.looks.add(wait);
      } else if (!follow && tokens < 1) {
        judged.looks.add(refill(snapshot, tokens));
        exhausted = true;
      } else {
        declares |= follow && wish.write() instanceof Write.Declare;
        tokens -= follow ? 0 : 1;
        corrections.add(new Correction(wish.kind(), wish.write(), wish.detectedAt(), wish.cause()));
      }
    }
    if (exhausted) {
      judged.findings.add(
          new Finding.Lint(
              "BudgetExhausted",
              "the pool's budget of "
                  + snapshot.bounds().perMinute()
                  + " corrections a minute is used up, so what differs stays for now"));
    }
    return new Passed(List.copyOf(corrections), tokens, declares, withheld);
  }

  /** Changes are followed at once, then once a second at most by the same object or replica. */
  private static Duration untilFollow(Snapshot snapshot, Write write) {
    Memory.Writes writes = snapshot.memory().writes();
    Optional<Instant> last =
        switch (write) {
          case Write.Declare ignored -> writes.lastFollow();
          case Write.Program program ->
              Optional.ofNullable(writes.programmed().get(program.replica()));
        };
    return last.map(when -> COALESCE.minus(Duration.between(when, snapshot.now())))
        .orElse(Duration.ZERO);
  }

  private static double tokens(Snapshot snapshot) {
    Memory.Budget budget = snapshot.memory().budget();
    long elapsed = Math.max(0, Duration.between(budget.at(), snapshot.now()).toMillis());
    double refilled = budget.tokens() + elapsed * snapshot.bounds().perMinute() / 60_000.0;
    return Math.min(snapshot.bounds().burst(), refilled);
  }

  private static Duration refill(Snapshot snapshot, double tokens) {
    int perMinute = snapshot.bounds().perMinute();
    return perMinute <= 0
        ? Duration.ofMinutes(1)
        : Duration.ofMillis((long) Math.ceil((1 - tokens) * 60_000 / perMinute));
  }

  /**
   * A pause that was asked for.
   *
   * @param end when it ends: what was asked for, or the longest that the class allows from when it
   *     was first seen
   */
  record Pausing(Instant end, boolean active, String message) {
    private static final String KEY = "pause/";

    /** A restart forgets when a pause was first seen; that it was told remains. */
    private static Instant start(Snapshot snapshot, Instant firstSeen) {
      boolean remembered =
          snapshot.memory().openDrifts().keySet().stream().anyMatch(key -> key.startsWith(KEY));
      return remembered
          ? firstSeen
          : Conditions.find(snapshot.memory().conditions(), Conditions.PAUSED)
              .filter(told -> told.status() == Condition.Status.TRUE)
              .map(Condition::since)
              .orElse(firstSeen);
    }

    static Optional<Pausing> of(Snapshot snapshot, Judged judged) {
      return snapshot
          .intent()
          .pause()
          .map(pause -> {
            Instant start = start(snapshot, judged.firstSeen(KEY + pause.until()));
            Instant longest = start.plus(snapshot.bounds().maxPause());
            boolean clamped = pause.until().isAfter(longest);
            Instant end = clamped ? longest : pause.until();
            boolean active = end.isAfter(snapshot.now());
            if (active) {
              judged.looks.add(Duration.between(snapshot.now(), end));
            }
            return new Pausing(
                end,
                active,
                "paused until "
                    + end
                    + ": "
                    + pause.reason()
                    + (clamped ? " (the class allows no longer pause)" : ""));
          });
    }
  }
}
