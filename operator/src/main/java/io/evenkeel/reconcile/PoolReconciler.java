package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.provider.ProviderRoom.Caches;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Gather, decide, act, write status. */
public final class PoolReconciler implements WorkQueue.Work<PoolId> {
  private static final Duration AT_LATEST = Duration.ofSeconds(60);
  private static final Duration NEVER = Duration.ofSeconds(-1);
  private static final Duration STATUS_CALM = Duration.ofSeconds(1);
  private static final Duration BEGINNING = Duration.ofSeconds(5);

  private final Caches caches;
  private final Gather gather;
  private final Function<Snapshot, Decision> decide;
  private final Act act;
  private final Release release;
  private final StatusWriter<BalancedBackendPoolStatus, BalancedBackendPool> status;
  private final Events events;
  private final Meters meters;
  private final Index index;
  private final Pollers pollers;
  private final InstantSource clock;
  private final Map<PoolId, State> states = new ConcurrentHashMap<>();

  /**
   * What is kept between two passes.
   *
   * @param behind while the cache does not show our own write
   * @param unreadSince since when an earlier process's status stands because a proxy was not looked
   *     at yet
   */
  private record State(
      Memory memory, Optional<Behind> behind, Instant statusAt, Optional<Instant> unreadSince) {}

  public PoolReconciler(
      Caches caches,
      Gather gather,
      Function<Snapshot, Decision> decide,
      Act act,
      Release release,
      StatusWriter<BalancedBackendPoolStatus, BalancedBackendPool> status,
      Events events,
      Meters meters,
      Index index,
      Pollers pollers,
      InstantSource clock) {
    this.caches = caches;
    this.gather = gather;
    this.decide = decide;
    this.act = act;
    this.release = release;
    this.status = status;
    this.events = events;
    this.meters = meters;
    this.index = index;
    this.pollers = pollers;
    this.clock = clock;
  }

  @Override
  public Duration run(PoolId id) {
    Optional<BalancedBackendPool> cached =
        caches.get(BalancedBackendPool.class, id.namespace(), id.name());
    if (cached.isEmpty()) {
      forget(id);
      return NEVER;
    }
    BalancedBackendPool pool = status.latest(cached.get());
    if (pool.getMetadata().getDeletionTimestamp() != null) {
      return release.release(pool) ? NEVER : Duration.ofSeconds(2);
    }
    Instant now = clock.instant();
    State state = states.get(id);
    if (state == null) {
      state =
          new State(
              StatusMapping.memory(pool, now), Optional.empty(), Instant.EPOCH, Optional.empty());
    }
    Gather.Gathered gathered = gather.gather(pool, state.memory(), now);
    String version = gathered.snapshot().declared().known().map(Declared::version).orElse("");
    if (state.behind().filter(behind -> behind.still(version, now)).isPresent()) {
      return Duration.ofMillis(25);
    }
    Decision decision = decide.apply(gathered.snapshot());
    meters.decided(id, decision, now, replica -> pollers.unseen(id, replica));
    Act.Done done = carryOut(pool, gathered, decision, state.memory());
    decision.notices().forEach(n -> events.publish(pool, n, "Judged"));
    done.notices().forEach(n -> events.publish(pool, n, "Corrected"));
    Optional<Behind> behind = done.declared().map(written -> Behind.of(version, written, now));
    // After a write the next pass, a few milliseconds away, tells how it ended: one status write
    // instead of two.
    boolean wait = done.wrote() && state.statusAt().plus(STATUS_CALM).isBefore(now);
    Duration next = next(decision, done);
    Instant statusAt = state.statusAt();
    Memory memory = done.memory();
    Optional<Instant> unreadSince =
        unread(pool, gathered.snapshot())
            ? state.unreadSince().or(() -> Optional.of(now))
            : Optional.empty();
    // Not for ever: the first look may take too long.
    if (unreadSince.filter(since -> since.plus(BEGINNING).isAfter(now)).isPresent()) {
      memory = memory.untold(state.memory());
      next = min(next, Duration.ofMillis(100));
    } else if (!wait) {
      Optional<Duration> retry =
          status.write(
              cached.get(),
              StatusMapping.status(pool, gathered.className(), gathered.snapshot(), decision));
      statusAt = now;
      next = min(next, retry.orElse(next));
    }
    states.put(id, new State(memory, behind, statusAt, unreadSince));
    return next;
  }

  /**
   * Whether an earlier process said what still stands and a proxy was not looked at yet: then its
   * status is not overwritten by one that only says so.
   */
  private static boolean unread(BalancedBackendPool pool, Snapshot snapshot) {
    return pool.getStatus() != null
        && Objects.equals(pool.getStatus().observedGeneration(), pool.getMetadata().getGeneration())
        && snapshot.live().stream()
            .filter(ReplicaReading::counted)
            .anyMatch(r ->
                r.view() instanceof Reading.Unknown<LiveView> unknown
                    && unknown.reason().equals(ReplicaReading.NOT_READ_YET));
  }

  private Act.Done carryOut(
      BalancedBackendPool pool, Gather.Gathered gathered, Decision decision, Memory before) {
    if (decision.corrections().isEmpty() || gathered.room().isEmpty()) {
      return new Act.Done(
          decision.memory(), Optional.empty(), false, false, Optional.empty(), java.util.List.of());
    }
    if (!release.prepared(pool)) {
      return new Act.Done(
          before, Optional.empty(), false, true, Optional.empty(), java.util.List.of());
    }
    return act.act(
        PoolIds.of(pool),
        gathered.room().get(),
        decision,
        before,
        () -> suspended(gathered.className().orElse("")));
  }

  /** As the class says now, not as it did when this pass began. */
  private boolean suspended(String className) {
    return caches
        .get(BalancerClass.class, "", className)
        .map(c -> c.getSpec().policy().suspend())
        .orElse(true);
  }

  private static Duration next(Decision decision, Act.Done done) {
    Duration next = decision.nextLook().map(d -> min(d, AT_LATEST)).orElse(AT_LATEST);
    if (done.lookAgain()) {
      return Duration.ofMillis(10);
    }
    if (done.failure().isPresent()) {
      return min(next, Duration.ofSeconds(2));
    }
    return done.wrote() ? min(next, Duration.ofMillis(200)) : next;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private void forget(PoolId id) {
    states.remove(id);
    index.forget(id);
    pollers.forget(id);
    meters.forget(id);
  }
}
