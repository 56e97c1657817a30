package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassStatus;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.provider.ProviderRoom.Caches;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Keeps the status of a class, and the class itself as long as a pool uses it. */
public final class ClassReconciler implements WorkQueue.Work<String> {
  private final Caches caches;
  private final Rooms rooms;
  private final ReplicaRegistry registry;
  private final Pollers pollers;
  private final StatusWriter<BalancerClassStatus, BalancerClass> status;
  private final Release release;
  private final Meters meters;
  private final InstantSource clock;

  public ClassReconciler(
      Caches caches,
      Rooms rooms,
      ReplicaRegistry registry,
      Pollers pollers,
      StatusWriter<BalancerClassStatus, BalancerClass> status,
      Release release,
      Meters meters,
      InstantSource clock) {
    this.caches = caches;
    this.rooms = rooms;
    this.registry = registry;
    this.pollers = pollers;
    this.status = status;
    this.release = release;
    this.meters = meters;
    this.clock = clock;
  }

  @Override
  public Duration run(String name) {
    Optional<BalancerClass> cached = caches.get(BalancerClass.class, "", name);
    if (cached.isEmpty()) {
      meters.forget(new PoolId("", name));
      return Duration.ofSeconds(-1);
    }
    BalancerClass c = status.latest(cached.get());
    int pools = poolsOf(name);
    boolean leaving = c.getMetadata().getDeletionTimestamp() != null;
    if (leaving && pools == 0) {
      return release.letGo(c) ? Duration.ofSeconds(-1) : Duration.ofMillis(500);
    }
    if (!leaving && !release.prepared(c)) {
      return Duration.ofMillis(200);
    }
    if (c.getStatus() != null && pollers.beginning(name)) {
      // What an earlier process said stands until this one has looked.
      return Duration.ofMillis(100);
    }
    BalancerClassStatus now = status(c, pools, leaving);
    boolean allRead = Objects.equals(now.replicasRead(), now.replicasExpected());
    return status
        .write(cached.get(), now)
        .orElse(allRead ? Duration.ofSeconds(5) : Duration.ofMillis(500));
  }

  /** Out of the cache: right after a start no pool was looked at yet, and all are in use. */
  private int poolsOf(String name) {
    List<BalancerClass> classes = caches.all(BalancerClass.class).toList();
    return (int)
        caches
            .all(BalancedBackendPool.class)
            .filter(
                pool -> Policy.className(pool, classes.stream()).filter(name::equals).isPresent())
            .count();
  }

  private BalancerClassStatus status(BalancerClass c, int pools, boolean leaving) {
    String name = c.getMetadata().getName();
    List<ReplicaRegistry.Member> members = registry.members(name);
    Map<ReplicaId, Pollers.Health> health = pollers.health(name);
    int expected = (int) members.stream().filter(ReplicaRegistry.Member::counted).count();
    List<ReplicaRegistry.Member> unread =
        members.stream()
            .filter(ReplicaRegistry.Member::counted)
            .filter(m -> !healthy(health.get(m.id())))
            .toList();
    int read = expected - unread.size();
    meters.replicas(
        name,
        expected,
        read,
        members.stream()
            .filter(ReplicaRegistry.Member::counted)
            .map(m -> lastRead(health.get(m.id())))
            .min(Comparator.naturalOrder())
            .orElse(Instant.EPOCH));
    Optional<String> error =
        unread.stream()
            .findFirst()
            .map(m -> m.id().name() + ": " + error(health.get(m.id())))
            .or(() -> registry.error(name));
    return new BalancerClassStatus(
        c.getMetadata().getGeneration(),
        List.of(accepted(c, pools, leaving), probes(c, expected, read, error)),
        pools,
        read,
        expected,
        error.orElse(null));
  }

  private static boolean healthy(Pollers.@org.jspecify.annotations.Nullable Health health) {
    return health != null && health.healthy();
  }

  private static Instant lastRead(Pollers.@org.jspecify.annotations.Nullable Health health) {
    return Optional.ofNullable(health).flatMap(Pollers.Health::lastSuccess).orElse(Instant.EPOCH);
  }

  private static String error(Pollers.@org.jspecify.annotations.Nullable Health health) {
    return health == null ? "not read yet" : health.error();
  }

  private Condition accepted(BalancerClass c, int pools, boolean leaving) {
    String provider = c.getSpec().provider().name();
    if (leaving) {
      return condition(
          c,
          ConditionTypes.ACCEPTED,
          Condition.Status.False,
          Reasons.IN_USE,
          "the class is being deleted but "
              + pools
              + " pools still use it: move or delete them, then it goes");
    }
    if (rooms.provider(provider).isEmpty()) {
      return condition(
          c,
          ConditionTypes.ACCEPTED,
          Condition.Status.False,
          Reasons.PROVIDER_UNAVAILABLE,
          rooms.whyClosed(provider));
    }
    return pollers
        .unreadable(c.getSpec())
        .map(why ->
            condition(
                c, ConditionTypes.ACCEPTED, Condition.Status.False, Reasons.PROBE_UNAVAILABLE, why))
        .orElseGet(() ->
            condition(
                c,
                ConditionTypes.ACCEPTED,
                Condition.Status.True,
                Reasons.ACCEPTED,
                "provider " + provider + " is on"));
  }

  private Condition probes(BalancerClass c, int expected, int read, Optional<String> error) {
    if (c.getSpec().live() == null) {
      return condition(
          c,
          ConditionTypes.PROBES_HEALTHY,
          Condition.Status.Unknown,
          Reasons.NOT_CONFIGURED,
          "spec.live is absent: no proxy is read, so what they do is unknown");
    }
    if (expected == 0) {
      return condition(
          c,
          ConditionTypes.PROBES_HEALTHY,
          Condition.Status.Unknown,
          Reasons.PENDING,
          error.orElse("no ready proxy replica matches spec.live.fleets"));
    }
    return read == expected
        ? condition(
            c,
            ConditionTypes.PROBES_HEALTHY,
            Condition.Status.True,
            Reasons.PROBES_HEALTHY,
            "all " + expected + " replicas answer")
        : condition(
            c,
            ConditionTypes.PROBES_HEALTHY,
            Condition.Status.False,
            Reasons.PROBES_FAILING,
            read + " of " + expected + " replicas answer; " + error.orElse(""));
  }

  private Condition condition(
      BalancerClass c, String type, Condition.Status value, String reason, String message) {
    Instant since =
        Optional.ofNullable(c.getStatus()).stream()
            .flatMap(s -> s.conditions().stream())
            .filter(old -> old.type().equals(type) && old.status() == value)
            .map(Condition::lastTransitionTime)
            .findFirst()
            .orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS));
    return new Condition(
        type,
        value,
        reason,
        message,
        since,
        Objects.requireNonNullElse(c.getMetadata().getGeneration(), 0L));
  }
}
