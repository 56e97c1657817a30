package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.BackendStatus;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.ModeInForce;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.ReplicaState;
import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.evenkeel.api.v1alpha1.Percent;
import io.evenkeel.core.decide.Condition;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Finding;
import io.evenkeel.core.decide.Ladder;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.share.Share;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Between decisions and the status of a pool, both ways: what the next leader must know is in the
 * status. Pure.
 */
public final class StatusMapping {
  private static final int MOST_REPLICAS = 32;

  /** Observed shares move all the time; below this many hundredths of a percent that is no news. */
  private static final int OBSERVED_NOISE = 200;

  private StatusMapping() {}

  /** The status after a decision. */
  public static BalancedBackendPoolStatus status(
      BalancedBackendPool pool, Optional<String> className, Snapshot snapshot, Decision decision) {
    Optional<BalancedBackendPoolStatus> before = Optional.ofNullable(pool.getStatus());
    Memory memory = decision.memory();
    Ladder ladder = decision.ladder();
    List<Decision.ReplicaVerdict> verdicts = decision.replicas();
    int expected = (int) counted(verdicts);
    int verified = count(verdicts, Decision.ReplicaVerdict.State.VERIFIED);
    int read = verified + count(verdicts, Decision.ReplicaVerdict.State.MISMATCH);
    List<String> hosts =
        pool.getSpec().route() == null ? List.of() : pool.getSpec().route().hostnames();
    Optional<Snapshot.Pause> pause = snapshot.intent().pause().filter(p -> paused(decision));
    return new BalancedBackendPoolStatus(
        snapshot.intent().generation(),
        className.orElse(null),
        mode(snapshot, pause),
        hosts.isEmpty()
            ? null
            : hosts.size() == 1 ? hosts.getFirst() : hosts.getFirst() + " +" + (hosts.size() - 1),
        snapshot.backends().stream().filter(b -> !b.readyEndpoints().isEmpty()).count()
            + "/"
            + snapshot.backends().size(),
        snapshot.liveConfigured() ? verified + "/" + expected : null,
        percent(ladder.maxDeviation()),
        null,
        pause.map(Snapshot.Pause::until).map(StatusMapping::seconds).orElse(null),
        decision.conditions().stream().map(StatusMapping::condition).toList(),
        ladder.backends().stream().map(row -> backend(row, before)).toList(),
        snapshot.liveConfigured()
            ? new BalancedBackendPoolStatus.ReplicaCounts(expected, read, verified)
            : null,
        replicas(verdicts),
        memory
            .lastDrift()
            .map(StatusMapping::drift)
            .or(() -> before.map(BalancedBackendPoolStatus::lastDrift)) // of an earlier process
            .orElse(null),
        memory
            .writes()
            .lastCorrection()
            .map(c ->
                new BalancedBackendPoolStatus.LastCorrection(
                    c.what(), seconds(c.time()), c.tookMilliseconds()))
            .orElse(null),
        budget(memory, before),
        lastGood(memory, before));
  }

  /** The class may have ended a pause before its time. */
  private static boolean paused(Decision decision) {
    return decision.conditions().stream()
        .anyMatch(
            c -> c.type().equals(ConditionTypes.PAUSED) && c.status() == Condition.Status.TRUE);
  }

  private static long counted(List<Decision.ReplicaVerdict> verdicts) {
    return verdicts.size() - count(verdicts, Decision.ReplicaVerdict.State.NOT_COUNTED);
  }

  private static int count(
      List<Decision.ReplicaVerdict> verdicts, Decision.ReplicaVerdict.State state) {
    return (int) verdicts.stream().filter(v -> v.state() == state).count();
  }

  private static ModeInForce mode(Snapshot snapshot, Optional<Snapshot.Pause> pause) {
    if (snapshot.bounds().suspended()) {
      return ModeInForce.Suspended;
    }
    if (pause.isPresent()) {
      return ModeInForce.Paused;
    }
    return snapshot.intent().mode() == Snapshot.Mode.CORRECT
            && snapshot.bounds().mode() == Snapshot.Mode.CORRECT
        ? ModeInForce.Correct
        : ModeInForce.Observe;
  }

  static io.evenkeel.api.v1alpha1.Condition condition(Condition c) {
    return new io.evenkeel.api.v1alpha1.Condition(
        c.type(),
        switch (c.status()) {
          case TRUE -> io.evenkeel.api.v1alpha1.Condition.Status.True;
          case FALSE -> io.evenkeel.api.v1alpha1.Condition.Status.False;
          case UNKNOWN -> io.evenkeel.api.v1alpha1.Condition.Status.Unknown;
        },
        c.reason(),
        c.message(),
        seconds(c.since()),
        c.generation());
  }

  private static BackendStatus backend(
      Ladder.BackendRow row, Optional<BalancedBackendPoolStatus> before) {
    @Nullable Percent observed = row.observed().map(StatusMapping::percent).orElse(null);
    Optional<Percent> earlier =
        before.stream()
            .flatMap(s -> s.backends().stream())
            .filter(b -> b.name().equals(row.backend()))
            .map(BackendStatus::observedPercent)
            .filter(Objects::nonNull)
            .map(Objects::requireNonNull)
            .findFirst();
    if (observed != null
        && earlier.isPresent()
        && Math.abs(earlier.get().hundredths() - observed.hundredths()) < OBSERVED_NOISE) {
      observed = earlier.get();
    }
    return new BackendStatus(
        row.backend(),
        row.readyEndpoints(),
        row.weight().orElse(null),
        percent(row.desired()),
        percent(row.effective()),
        row.declared().map(StatusMapping::percent).orElse(null),
        row.liveMin().map(StatusMapping::percent).orElse(null),
        row.liveMax().map(StatusMapping::percent).orElse(null),
        observed);
  }

  private static List<BalancedBackendPoolStatus.ReplicaStatus> replicas(
      List<Decision.ReplicaVerdict> verdicts) {
    return verdicts.stream()
        .sorted(
            Comparator.comparing((Decision.ReplicaVerdict v) ->
                    switch (v.state()) {
                      case MISMATCH -> 0;
                      case UNKNOWN -> 1;
                      case NOT_COUNTED -> 2;
                      case VERIFIED -> 3;
                    })
                .thenComparing(Decision.ReplicaVerdict::replica))
        .limit(MOST_REPLICAS)
        .map(v ->
            new BalancedBackendPoolStatus.ReplicaStatus(
                fleet(v.replica().fleet()),
                v.replica().name(),
                switch (v.state()) {
                  case VERIFIED -> ReplicaState.Verified;
                  case MISMATCH -> ReplicaState.Mismatch;
                  case UNKNOWN -> ReplicaState.Unknown;
                  case NOT_COUNTED -> ReplicaState.NotCounted;
                },
                v.message().isEmpty() ? null : v.message(),
                null))
        .toList();
  }

  /** A fleet's name without the class that makes it unique. */
  private static String fleet(String unique) {
    return unique.substring(unique.indexOf('/') + 1);
  }

  private static BalancedBackendPoolStatus.LastDrift drift(Finding.Drift drift) {
    return new BalancedBackendPoolStatus.LastDrift(
        switch (drift.rung()) {
          case DESIRED, DECLARED -> BalancedBackendPoolStatus.Rung.Declared;
          case LIVE -> BalancedBackendPoolStatus.Rung.Live;
          case OBSERVED -> BalancedBackendPoolStatus.Rung.Observed;
        },
        drift.field(),
        drift.from(),
        drift.to(),
        drift.writer().map(w -> w.manager()).orElse(null),
        drift.replica().map(r -> r.name()).orElse(null),
        seconds(drift.since()));
  }

  /** Written when a correction was made, not whenever a token trickles in. */
  private static BalancedBackendPoolStatus.@Nullable CorrectionStatus budget(
      Memory memory, Optional<BalancedBackendPoolStatus> before) {
    Optional<BalancedBackendPoolStatus.CorrectionStatus> earlier =
        before.map(BalancedBackendPoolStatus::correction);
    Optional<Instant> last = memory.writes().lastCorrection().map(c -> seconds(c.time()));
    Optional<Instant> known =
        before.map(BalancedBackendPoolStatus::lastCorrection).map(c -> c.time());
    if (last.isEmpty() || last.equals(known)) {
      return earlier.orElse(null);
    }
    Instant hourAgo = last.get().minus(1, ChronoUnit.HOURS);
    boolean sameWindow =
        earlier
            .map(BalancedBackendPoolStatus.CorrectionStatus::windowStart)
            .filter(start -> start.isAfter(hourAgo))
            .isPresent();
    int count =
        sameWindow
            ? earlier.map(BalancedBackendPoolStatus.CorrectionStatus::count).orElse(0) + 1
            : 1;
    return new BalancedBackendPoolStatus.CorrectionStatus(
        sameWindow ? earlier.orElseThrow().windowStart() : last.get(),
        count,
        (int) memory.budget().tokens(),
        earlier.map(BalancedBackendPoolStatus.CorrectionStatus::breaker).orElse(null));
  }

  private static BalancedBackendPoolStatus.@Nullable LastGood lastGood(
      Memory memory, Optional<BalancedBackendPoolStatus> before) {
    Optional<BalancedBackendPoolStatus.LastGood> earlier =
        before.map(BalancedBackendPoolStatus::lastGood);
    if (memory.settled().lastGood().isEmpty()) {
      return earlier.orElse(null);
    }
    List<BalancedBackendPoolStatus.BackendWeight> list =
        memory.settled().lastGood().get().perBackend().entrySet().stream()
            .map(e -> new BalancedBackendPoolStatus.BackendWeight(e.getKey(), e.getValue()))
            .toList();
    return earlier.isPresent() && earlier.get().weights().equals(list)
        ? earlier.get()
        : new BalancedBackendPoolStatus.LastGood(list, seconds(memory.budget().at()));
  }

  /** What an earlier process knew, as far as it matters. */
  public static Memory memory(BalancedBackendPool pool, Instant now) {
    BalancedBackendPoolStatus status = pool.getStatus();
    if (status == null) {
      return Memory.empty(now);
    }
    Memory fresh = Memory.empty(now);
    return new Memory(
        new Memory.Settled(
            // A spec that was refused is still to be judged, not settled.
            accepted(status) ? Objects.requireNonNullElse(status.observedGeneration(), 0L) : 0,
            Optional.empty(),
            weights(status)),
        status.conditions().stream().map(StatusMapping::condition).toList(),
        fresh.budget(),
        Map.of(),
        Optional.empty(),
        Optional.ofNullable(status.lastCorrection())
            .filter(c -> c.what() != null && c.time() != null)
            .map(c ->
                fresh
                    .writes()
                    .corrected(
                        new Memory.Corrected(
                            Objects.requireNonNull(c.what()),
                            Objects.requireNonNull(c.time()),
                            Objects.requireNonNullElse(c.tookMilliseconds(), 0L))))
            .orElse(fresh.writes()));
  }

  private static boolean accepted(BalancedBackendPoolStatus status) {
    return status.conditions().stream()
        .anyMatch(c ->
            c.type().equals(ConditionTypes.ACCEPTED)
                && c.status() == io.evenkeel.api.v1alpha1.Condition.Status.True);
  }

  /** Weights per endpoint are not kept in a status: they are planned anew. */
  private static Optional<Weights> weights(BalancedBackendPoolStatus status) {
    TreeMap<String, Integer> weights = new TreeMap<>();
    if (status.lastGood() != null) {
      status
          .lastGood()
          .weights()
          .forEach(w -> weights.put(w.name(), Objects.requireNonNullElse(w.weight(), 0)));
    }
    return weights.values().stream().anyMatch(w -> w > 0)
        ? Optional.of(new Weights.PerBackend(weights))
        : Optional.empty();
  }

  private static Condition condition(io.evenkeel.api.v1alpha1.Condition c) {
    return new Condition(
        c.type(),
        switch (c.status()) {
          case True -> Condition.Status.TRUE;
          case False -> Condition.Status.FALSE;
          case Unknown -> Condition.Status.UNKNOWN;
        },
        c.reason(),
        c.message(),
        c.lastTransitionTime(),
        Objects.requireNonNullElse(c.observedGeneration(), 0L));
  }

  private static Percent percent(Share share) {
    return Percent.of(share.numerator(), share.denominator());
  }

  private static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }
}
