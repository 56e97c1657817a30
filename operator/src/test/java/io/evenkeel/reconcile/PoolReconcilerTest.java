package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.core.decide.Decide;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PoolReconcilerTest {
  private static final PoolId WEB = new PoolId("shop", "web");

  private Instant now = Instant.parse("2026-11-01T12:00:00Z");
  private final InstantSource clock = () -> now;
  private final ObjectCaches caches = new ObjectCaches();
  private final List<BalancedBackendPool> statuses = new ArrayList<>();
  private final KubernetesClient client =
      StatusWriterTest.client(body -> {
        statuses.add(body);
        return body;
      });
  private final Events events = new Events(client, "test", clock);
  private final ReplicaRegistry registry = new ReplicaRegistry(client, "evenkeel", clock, () -> {});
  private final Pollers pollers = new Pollers(List.of(), registry, clock, id -> {});

  @AfterEach
  void stop() {
    events.close();
  }

  @BeforeEach
  void objects() {
    BalancerClass balancerClass =
        Serialization.unmarshal(
            """
            metadata: {name: public}
            spec:
              provider: HAProxy
              haproxy: {}
              live:
                fleets: [{name: edge, probe: HAProxy, replicas: {addresses: ["127.0.0.1:1"]}}]
            """,
            BalancerClass.class);
    caches.put(balancerClass);
    var unused = registry.sync(Stream.of(balancerClass));
    caches.put(
        Serialization.unmarshal(
            """
            metadata:
              {name: web, namespace: shop, uid: web-uid, generation: 2, resourceVersion: "7",
               finalizers: [evenkeel.io/release]}
            spec:
              balancerClassName: public
              backends: [{name: blue, service: {name: blue, port: 80}}]
            status: {observedGeneration: 2}
            """,
            BalancedBackendPool.class));
  }

  private PoolReconciler reconciler() {
    Rooms rooms =
        new Rooms(
            List.of(new GatherTest.Room("HAProxy", new GatherTest())),
            new Watches(client, Set.of(), Set.of(), (before, after) -> {}),
            (ProviderRoom.Context)
                Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {ProviderRoom.Context.class},
                    (self, method, arguments) -> {
                      throw new AssertionError(method + " was called");
                    }));
    assertThat(rooms.discover()).isTrue();
    Index index = new Index();
    Meters meters = new Meters(new SimpleMeterRegistry(), 10);
    return new PoolReconciler(
        caches,
        new Gather(caches, rooms, index, new Claims(caches, id -> {}), pollers),
        Decide::decide,
        new Act(clock, () -> false, pollers, meters),
        new Release(client, caches, rooms, events, () -> false),
        new StatusWriter<>(client, BalancedBackendPool::new),
        events,
        meters,
        index,
        pollers,
        clock);
  }

  @Test
  void aStatusOfAnEarlierProcessStandsOnlyForAWhileWhenNoProxyIsLookedAt() {
    PoolReconciler reconciler = reconciler();
    assertThat(reconciler.run(WEB)).isEqualTo(Duration.ofMillis(100));
    now = now.plusMillis(4_900);
    assertThat(reconciler.run(WEB)).isEqualTo(Duration.ofMillis(100));
    assertThat(statuses).isEmpty();
    now = now.plusMillis(100);
    assertThat(reconciler.run(WEB)).isGreaterThan(Duration.ofMillis(100));
    assertThat(statuses).hasSize(1);
    assertThat(statuses.getFirst().getStatus().conditions())
        .filteredOn(c -> c.type().equals("LiveVerified"))
        .extracting(Condition::status)
        .containsExactly(Condition.Status.Unknown);
  }
}
