package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.Reading;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatherTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
  private static final String ROUTE = "route: {hostnames: [a.example.com]}";
  private static final String BACKENDS =
      "backends: [{name: blue, service: {name: blue, port: 80}}]";

  private final ObjectCaches caches = new ObjectCaches();
  private final Index index = new Index();
  private final Claims claims = new Claims(caches, id -> {});
  private Optional<Outcome.Refused> unfit = Optional.empty();

  /** A way to declare that refuses what the test says, and has nothing declared. */
  record Room(String name, GatherTest test) implements ProviderRoom, Provider {
    @Override
    public List<Watched> watches() {
      return List.of();
    }

    @Override
    public Provider open(Context context) {
      return this;
    }

    @Override
    public Optional<Outcome.Refused> check(Assignment assignment) {
      return test.unfit;
    }

    @Override
    public Scale scale(Assignment assignment) {
      return Scale.GATEWAY_API;
    }

    @Override
    public Reading<Declared> declared(Assignment assignment) {
      return new Reading.Known<>(Declared.absent(), NOON);
    }

    @Override
    public LiveTarget liveTarget(Assignment assignment) {
      return new LiveTarget.NamedBackend("any");
    }

    @Override
    public Set<ObjectRef> dependsOn(Assignment assignment) {
      return Set.of();
    }

    @Override
    public Outcome apply(Assignment assignment, Write write) {
      throw new AssertionError("gathering writes nothing");
    }

    @Override
    public Outcome release(Assignment assignment) {
      throw new AssertionError("gathering releases nothing");
    }
  }

  /** Whoever calls it fails: everything comes out of caches. */
  private static <T> T untouchable(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new AssertionError(method + " was called");
            }));
  }

  private Gather.Gathered gather(BalancedBackendPool pool, String... rooms) {
    KubernetesClient client = untouchable(KubernetesClient.class);
    InstantSource clock = InstantSource.fixed(NOON);
    Rooms opened =
        new Rooms(
            List.of(rooms).stream().map(name -> (ProviderRoom) new Room(name, this)).toList(),
            new Watches(client, Set.of(), Set.of(), (before, after) -> {}),
            untouchable(ProviderRoom.Context.class));
    assertThat(opened.discover()).isEqualTo(rooms.length > 0);
    Pollers pollers =
        new Pollers(
            List.of(), new ReplicaRegistry(client, "evenkeel", clock, () -> {}), clock, id -> {});
    caches.put(pool);
    return new Gather(caches, opened, index, claims, pollers)
        .gather(pool, Memory.empty(NOON), NOON);
  }

  private static BalancedBackendPool pool(String... spec) {
    return Serialization.unmarshal(
        "metadata: {name: web, namespace: shop, uid: web-uid, generation: 2}\nspec:\n"
            + String.join("\n", spec).indent(2),
        BalancedBackendPool.class);
  }

  private void balancerClass(String spec) {
    caches.put(
        Serialization.unmarshal(
            "metadata: {name: public, annotations: {evenkeel.io/is-default-class: \"true\"},"
                + " creationTimestamp: \"2026-01-01T00:00:00Z\"}\nspec:\n"
                + spec.indent(2),
            BalancerClass.class));
  }

  private static final String GATEWAY =
      """
      provider: GatewayAPI
      gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}
      policy: {hostnames: [{pattern: "*.example.com", namespaces: {selector: {matchLabels: {team: shop}}}}]}
      """;
  private static final String HAPROXY = "provider: HAProxy\nhaproxy: {}\n";

  @BeforeEach
  void objects() {
    caches.put(
        Serialization.unmarshal("metadata: {name: shop, labels: {team: shop}}", Namespace.class));
    for (String namespace : List.of("shop", "far")) {
      caches.put(
          Serialization.unmarshal(
              """
              apiVersion: v1
              kind: Service
              metadata: {name: blue, namespace: %s}
              spec: {ports: [{port: 80}]}
              """
                  .formatted(namespace),
              Service.class));
      index.slice(
          Serialization.unmarshal(
              """
              apiVersion: discovery.k8s.io/v1
              kind: EndpointSlice
              metadata: {name: blue-1, namespace: %s, labels: {kubernetes.io/service-name: blue}}
              addressType: IPv4
              ports: [{name: "", port: 8080}]
              endpoints: [{addresses: [10.0.0.1]}]
              """
                  .formatted(namespace),
              EndpointSlice.class),
          false);
    }
  }

  private static String refusal(Gather.Gathered gathered) {
    return gathered
        .snapshot()
        .refusal()
        .map(r -> r.reason() + (r.accepted() ? " (accepted)" : ""))
        .orElse("");
  }

  @Test
  void whyThereIsNobodyToServeThePool() {
    assertThat(refusal(gather(pool(ROUTE, BACKENDS)))).isEqualTo("NoDefaultClass");
    assertThat(refusal(gather(pool("balancerClassName: gone", ROUTE, BACKENDS))))
        .isEqualTo("ClassNotFound");
    balancerClass(GATEWAY);
    Gather.Gathered closed = gather(pool(ROUTE, BACKENDS));
    assertThat(refusal(closed)).isEqualTo("ProviderUnavailable");
    assertThat(closed.room()).isEmpty();
    assertThat(closed.className()).contains("public");
  }

  @Test
  void aPoolThatIsServedHasItsScaleItsDeclarationAndItsBackends() {
    balancerClass(GATEWAY);
    Snapshot snapshot = gather(pool(ROUTE, BACKENDS), "GatewayAPI").snapshot();
    assertThat(snapshot.refusal()).isEmpty();
    assertThat(snapshot.scale()).contains(Scale.GATEWAY_API);
    assertThat(snapshot.declared().known()).contains(Declared.absent());
    assertThat(snapshot.backends().getFirst().readyEndpoints())
        .as("where only Services are named, whoever writes their slices counts")
        .hasSize(1);
    assertThat(index.ofClass("public")).containsExactly(PoolIds.of(pool(ROUTE, BACKENDS)));
  }

  @ParameterizedTest
  @CsvSource({
    "GatewayNotFound,   GatewayNotFound (accepted)",
    "TargetNotFound,    TargetNotFound (accepted)",
    "RouteOwnedByOther, RouteOwnedByOther",
    "Invalid,           Invalid",
  })
  void aReferenceThatLeadsNowhereIsNoFaultOfTheSpec(String reason, String refusal) {
    balancerClass(GATEWAY);
    unfit = Optional.of(new Outcome.Refused(reason, "why"));
    Gather.Gathered gathered = gather(pool(ROUTE, BACKENDS), "GatewayAPI");
    assertThat(refusal(gathered)).isEqualTo(refusal);
    assertThat(gathered.snapshot().scale()).as("nothing is written").isEmpty();
    assertThat(gathered.snapshot().declared()).isInstanceOf(Reading.Unknown.class);
  }

  @Test
  void whoMayNotHaveAHostKeepsNobodyFromHavingIt() {
    balancerClass(GATEWAY);
    BalancedBackendPool stranger = pool(ROUTE, BACKENDS);
    stranger.getMetadata().setNamespace("evil");
    stranger.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
    BalancedBackendPool rightful = pool(ROUTE, BACKENDS);
    rightful.getMetadata().setCreationTimestamp("2026-06-01T00:00:00Z");
    assertThat(refusal(gather(stranger, "GatewayAPI"))).isEqualTo("HostnameNotAllowed");
    assertThat(refusal(gather(rightful, "GatewayAPI"))).isEmpty();
    rightful.getMetadata().setNamespace("other");
    caches.put(
        Serialization.unmarshal("metadata: {name: other, labels: {team: shop}}", Namespace.class));
    assertThat(refusal(gather(rightful, "GatewayAPI"))).isEqualTo("HostnameTaken");
  }

  @ParameterizedTest
  @CsvSource({
    "HTTPRoute, '{hostnames: [a.example.com]}', ''",
    "HTTPRoute, '{hostnames: [a.example.org]}', HostnameNotAllowed",
    "HTTPRoute, '{}',                           HostnameNotAllowed",
    "GRPCRoute, '{hostnames: [a.example.com]}', ''",
    "GRPCRoute, '{hostnames: [a.example.org]}', HostnameNotAllowed",
    "GRPCRoute, '{}',                           HostnameNotAllowed",
  })
  void theHostsOfAdoptedRoutesAreHeldAgainstTheClassToo(String kind, String spec, String refusal) {
    balancerClass(GATEWAY);
    Class<? extends HasMetadata> type =
        kind.equals("HTTPRoute") ? HTTPRoute.class : GRPCRoute.class;
    caches.put(
        Serialization.unmarshal(
            "metadata: {name: theirs, namespace: shop, creationTimestamp: \"2026-01-01T00:00:00Z\"}"
                + "\nspec: "
                + spec,
            type));
    assertThat(
            refusal(
                gather(
                    pool("targetRefs: [{kind: %s, name: theirs}]".formatted(kind), BACKENDS),
                    "GatewayAPI")))
        .isEqualTo(refusal);
  }

  @ParameterizedTest
  @CsvSource({
    "GatewayAPI, '',                                                      RefNotPermitted",
    "GatewayAPI, 'gateway.networking.k8s.io, kind: HTTPRoute',            ''",
    "GatewayAPI, 'gateway.networking.k8s.io, kind: GRPCRoute',            ''",
    "GatewayAPI, 'evenkeel.io, kind: BalancedBackendPool',                RefNotPermitted",
    "HAProxy,    'gateway.networking.k8s.io, kind: HTTPRoute',            RefNotPermitted",
    "HAProxy,    'evenkeel.io, kind: BalancedBackendPool',                ''",
  })
  void anotherNamespaceIsReachedWithTheGrantThatFitsTheProvider(
      String provider, String grant, String reason) {
    balancerClass(provider.equals("HAProxy") ? HAPROXY : GATEWAY);
    if (!grant.isEmpty()) {
      caches.put(
          Serialization.unmarshal(
              """
              metadata: {name: grant, namespace: far}
              spec:
                from: [{group: %s, namespace: shop}]
                to: [{group: "", kind: Service}]
              """
                  .formatted(grant),
              ReferenceGrant.class));
    }
    Backend backend =
        gather(
                pool(
                    provider.equals("HAProxy") ? "" : ROUTE,
                    "backends: [{name: blue, service: {name: blue, namespace: far, port: 80}}]"),
                provider)
            .snapshot()
            .backends()
            .getFirst();
    if (reason.isEmpty()) {
      assertThat(backend).isInstanceOf(Backend.Resolved.class);
    } else {
      assertThat(((Backend.Unresolved) backend).reason()).isEqualTo(reason);
      assertThat(((Backend.Unresolved) backend).message())
          .contains("far/blue", "ReferenceGrant", "in namespace shop");
    }
  }

  @Test
  void whereAddressesAreWrittenTheirWriterMattersUnlessTheClassSaysNot() {
    balancerClass(HAPROXY);
    Backend.Resolved strict =
        (Backend.Resolved) gather(pool(BACKENDS), "HAProxy").snapshot().backends().getFirst();
    assertThat(strict.endpoints()).isEmpty();
    assertThat(strict.refused()).hasSize(1);
    balancerClass(HAPROXY + "policy: {allowCustomEndpoints: true}\n");
    Backend.Resolved custom =
        (Backend.Resolved) gather(pool(BACKENDS), "HAProxy").snapshot().backends().getFirst();
    assertThat(custom.endpoints()).hasSize(1);
  }

  @Test
  void thePauseIsGatheredAndSoIsOneThatIsNone() {
    balancerClass(GATEWAY);
    BalancedBackendPool pool = pool(ROUTE, BACKENDS);
    pool.getMetadata().setAnnotations(Map.of("evenkeel.io/pause-until", "tomorrow"));
    Snapshot.Intent intent = gather(pool, "GatewayAPI").snapshot().intent();
    assertThat(intent.pause()).isEmpty();
    assertThat(intent.pauseProblem()).isPresent();
  }

  @Test
  void anAcknowledgedForeignOwnerIsGathered() {
    balancerClass(GATEWAY);
    String adopted = "targetRefs: [{kind: HTTPRoute, name: theirs}]";
    assertThat(acknowledged(pool(adopted, BACKENDS))).isFalse();
    assertThat(acknowledged(pool(adopted, BACKENDS, "adoption: {acknowledgeForeignOwner: true}")))
        .isTrue();
  }

  private boolean acknowledged(BalancedBackendPool pool) {
    return gather(pool, "GatewayAPI").snapshot().intent().foreignOwnerAcknowledged();
  }

  @Test
  void anAdoptedRouteBeginsWithObserve() {
    balancerClass(GATEWAY);
    assertThat(gather(pool(ROUTE, BACKENDS), "GatewayAPI").snapshot().intent().mode())
        .isEqualTo(Snapshot.Mode.CORRECT);
    String adopted = "targetRefs: [{kind: HTTPRoute, name: theirs}]";
    assertThat(gather(pool(adopted, BACKENDS), "GatewayAPI").snapshot().intent().mode())
        .isEqualTo(Snapshot.Mode.OBSERVE);
    assertThat(
            gather(pool(adopted, BACKENDS, "correction: {mode: Correct}"), "GatewayAPI")
                .snapshot()
                .intent()
                .mode())
        .isEqualTo(Snapshot.Mode.CORRECT);
  }
}
