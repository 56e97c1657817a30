package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.decide.Snapshot.Refusal;
import io.evenkeel.core.plan.Unit;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Share;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom.Caches;
import io.evenkeel.provider.ReferenceGrants;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Everything that is known of one pool at one moment, out of caches only. */
public final class Gather {
  private static final Set<String> REFERENCE_REASONS =
      Set.of(
          Reasons.GATEWAY_NOT_FOUND,
          Reasons.TARGET_NOT_FOUND,
          Reasons.BACKEND_NOT_FOUND,
          Reasons.SERVICE_NOT_FOUND,
          Reasons.PORT_NOT_FOUND,
          Reasons.REF_NOT_PERMITTED);

  private final Caches caches;
  private final Rooms rooms;
  private final Index index;
  private final Claims claims;
  private final Pollers pollers;

  public Gather(Caches caches, Rooms rooms, Index index, Claims claims, Pollers pollers) {
    this.caches = caches;
    this.rooms = rooms;
    this.index = index;
    this.claims = claims;
    this.pollers = pollers;
  }

  /**
   * @param className as resolved, whether or not such a class exists
   * @param room with the assignment, as far as the pool can be served
   */
  public record Gathered(Snapshot snapshot, Optional<String> className, Optional<Room> room) {}

  /** Who carries the pool out. */
  public record Room(Provider provider, Assignment assignment) {}

  public Gathered gather(BalancedBackendPool pool, Memory memory, Instant now) {
    Optional<String> className = Policy.className(pool, caches.all(BalancerClass.class));
    Optional<BalancerClass> found =
        className.flatMap(name -> caches.get(BalancerClass.class, "", name));
    Optional<Refusal> refusal =
        className.isEmpty()
            ? Optional.of(
                new Refusal(
                    false,
                    Reasons.NO_DEFAULT_CLASS,
                    "the pool names no class and there is no default class: set"
                        + " spec.balancerClassName, or annotate a BalancerClass with"
                        + " evenkeel.io/is-default-class: \"true\""))
            : found.isEmpty()
                ? Optional.of(
                    new Refusal(
                        false,
                        Reasons.CLASS_NOT_FOUND,
                        "BalancerClass "
                            + className.get()
                            + " does not exist: create it, or name another one (kubectl get"
                            + " bclass)"))
                : Optional.empty();
    List<Backend> backends = backends(pool, found);
    Optional<Room> room =
        found.flatMap(c ->
            rooms
                .provider(c.getSpec().provider().name())
                .map(provider -> new Room(provider, new Assignment(pool, c, backends))));
    if (refusal.isEmpty()) {
      BalancerClass c = found.orElseThrow();
      refusal =
          room.isEmpty()
              ? Optional.of(
                  new Refusal(
                      false,
                      Reasons.PROVIDER_UNAVAILABLE,
                      rooms.whyClosed(c.getSpec().provider().name())))
              : refused(pool, c, room.get(), now);
    }
    PoolId id = PoolIds.of(pool);
    index.set(id, className, pool, room);
    boolean liveConfigured = found.map(c -> c.getSpec().live() != null).orElse(false);
    boolean served = refusal.isEmpty() && room.isPresent();
    if (served && liveConfigured) {
      pollers.want(
          id, className.orElseThrow(), room.get().provider().liveTarget(room.get().assignment()));
    } else {
      pollers.forget(id);
    }
    Reading<Declared> declared =
        served
            ? room.get().provider().declared(room.get().assignment())
            : new Reading.Unknown<>(
                Reasons.NOT_SERVED, "nothing is declared for a pool that is refused");
    return new Gathered(
        new Snapshot(
            now,
            intent(pool, found),
            refusal,
            backends,
            served
                ? Optional.of(room.get().provider().scale(room.get().assignment()))
                : Optional.empty(),
            declared,
            liveConfigured,
            served && liveConfigured
                ? pollers.readings(id, className.orElseThrow(), room.get())
                : List.of(),
            bounds(found),
            memory),
        className,
        room);
  }

  private Optional<Refusal> refused(
      BalancedBackendPool pool, BalancerClass c, Room room, Instant now) {
    Optional<Refusal> refusal =
        Policy.refusal(pool, c, labels(pool.getMetadata().getNamespace()), adoptedHosts(pool))
            .or(() -> unfit(room));
    if (refusal.filter(r -> !r.accepted()).isPresent()) {
      claims.refuse(PoolIds.of(pool));
      return refusal;
    }
    return claims.judge(pool, now).or(() -> refusal);
  }

  private static Optional<Refusal> unfit(Room room) {
    return room.provider()
        .check(room.assignment())
        .map((Outcome.Refused r) ->
            new Refusal(REFERENCE_REASONS.contains(r.reason()), r.reason(), r.message()));
  }

  private Map<String, String> labels(String namespace) {
    return caches
        .get(Namespace.class, "", namespace)
        .map(n -> n.getMetadata().getLabels())
        .orElse(Map.of());
  }

  /** The hosts of adopted routes; a route without any takes all of its listeners. */
  private Set<String> adoptedHosts(BalancedBackendPool pool) {
    String namespace = pool.getMetadata().getNamespace();
    Set<String> hosts = new HashSet<>();
    for (BalancedBackendPoolSpec.TargetRef ref : pool.getSpec().targetRefs()) {
      Optional<List<String>> named =
          "GRPCRoute".equals(ref.kind())
              ? caches
                  .get(GRPCRoute.class, namespace, ref.name())
                  .map(route -> hostsOf(route.getSpec().getHostnames()))
              : caches
                  .get(HTTPRoute.class, namespace, ref.name())
                  .map(route -> hostsOf(route.getSpec().getHostnames()));
      named.ifPresent(hosts::addAll);
    }
    return hosts;
  }

  private static List<String> hostsOf(@Nullable List<String> named) {
    return named == null || named.isEmpty() ? List.of("*") : named;
  }

  private List<Backend> backends(BalancedBackendPool pool, Optional<BalancerClass> found) {
    boolean addressesWritten =
        found.map(c -> c.getSpec().provider() == BalancerClassSpec.Provider.HAProxy).orElse(false);
    Optional<Endpoints.Written> written =
        found
            .filter(c -> addressesWritten)
            .map(c ->
                new Endpoints.Written(c.getSpec().policy().allowCustomEndpoints(), controlPlane()));
    return pool.getSpec().backends().stream()
        .map(backend -> {
          String own = pool.getMetadata().getNamespace();
          String namespace = Objects.requireNonNullElse(backend.service().namespace(), own);
          if (!namespace.equals(own)
              && !granted(own, namespace, backend.service().name(), addressesWritten)) {
            return new Backend.Unresolved(
                backend.name(),
                backend.capacity(),
                Reasons.REF_NOT_PERMITTED,
                "Service %s/%s is in another namespace: its owner must allow it with a ReferenceGrant from %s in namespace %s"
                    .formatted(
                        namespace,
                        backend.service().name(),
                        addressesWritten
                            ? "evenkeel.io/BalancedBackendPool"
                            : "gateway.networking.k8s.io/HTTPRoute",
                        own));
          }
          return Endpoints.resolve(
              backend,
              namespace,
              caches.get(Service.class, namespace, backend.service().name()),
              index.slices(namespace, backend.service().name()),
              written);
        })
        .toList();
  }

  /** The API servers' own addresses: where they run is not for pools to reach through a proxy. */
  private Set<String> controlPlane() {
    return index.slices("default", "kubernetes").stream()
        .flatMap(slice -> slice.getEndpoints().stream())
        .flatMap(endpoint -> endpoint.getAddresses().stream())
        .collect(Collectors.toSet());
  }

  private boolean granted(String from, String namespace, String service, boolean addressesWritten) {
    ReferenceGrants.To to = ReferenceGrants.To.service(namespace, service);
    return addressesWritten
        ? grant("evenkeel.io", "BalancedBackendPool", from, to)
        : grant("gateway.networking.k8s.io", "HTTPRoute", from, to)
            || grant("gateway.networking.k8s.io", "GRPCRoute", from, to);
  }

  private boolean grant(String group, String kind, String from, ReferenceGrants.To to) {
    return ReferenceGrants.permit(
        caches.all(ReferenceGrant.class), new ReferenceGrants.From(group, kind, from), to);
  }

  private static Snapshot.Intent intent(BalancedBackendPool pool, Optional<BalancerClass> found) {
    BalancedBackendPoolSpec spec = pool.getSpec();
    BalancedBackendPoolSpec.Distribution even = spec.distribution();
    return new Snapshot.Intent(
        PoolIds.of(pool),
        Objects.requireNonNullElse(pool.getMetadata().getGeneration(), 0L),
        even.unit() == BalancedBackendPoolSpec.Unit.Endpoint ? Unit.ENDPOINT : Unit.BACKEND,
        Share.of(even.tolerancePercent(), 100),
        Share.of(even.driftTolerancePercent(), 100),
        Share.of(even.trafficTolerancePercent(), 100),
        even.onUnachievable() == BalancedBackendPoolSpec.OnUnachievable.Refuse,
        Policy.mode(
            spec, found.map(c -> c.getSpec().policy()).orElse(BalancerClassSpec.Policy.defaults())),
        spec.correction().onDrain() == BalancedBackendPoolSpec.OnDrain.Respect,
        spec.correction().minReadyEndpoints(),
        spec.correction().maxStepPercent(),
        spec.adoption() != null && spec.adoption().acknowledgeForeignOwner(),
        Policy.pause(pool),
        Policy.pauseProblem(pool));
  }

  private static Snapshot.Bounds bounds(Optional<BalancerClass> found) {
    BalancerClassSpec.Policy policy =
        found.map(c -> c.getSpec().policy()).orElse(BalancerClassSpec.Policy.defaults());
    Duration settle =
        found
            .map(c -> c.getSpec().live())
            .map(live ->
                live.fleets().stream()
                    .map(BalancerClassSpec.Fleet::settle)
                    .max(Duration::compareTo)
                    .orElse(Duration.ofSeconds(10)))
            .orElse(Duration.ofSeconds(10));
    return new Snapshot.Bounds(
        policy.suspend(),
        policy.mode() == io.evenkeel.api.v1alpha1.Mode.Correct
            ? Snapshot.Mode.CORRECT
            : Snapshot.Mode.OBSERVE,
        settle,
        policy.corrections().perPool().burst(),
        policy.corrections().perPool().perMinute(),
        policy.maxPause());
  }
}
