package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.probe.Probe;
import io.evenkeel.provider.Assignment;
import io.evenkeel.wire.Dialer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PollersTest {
  private static final PoolId WEB = new PoolId("shop", "web");
  private static final PoolId API = new PoolId("shop", "api");
  private static final InstantSource CLOCK = InstantSource.system();

  /** A proxy whose weights, by backend, and whose failures the test sets. */
  private static final class Proxied implements Probe, Probe.Session {
    private final Map<String, Integer> weights = new ConcurrentHashMap<>();
    private volatile Optional<Error> trouble = Optional.empty();

    @Override
    public String name() {
      return "Envoy";
    }

    @Override
    public Session open(Dialer dialer) {
      return this;
    }

    @Override
    public String fingerprint() {
      trouble.ifPresent(error -> {
        throw error;
      });
      return new TreeMap<>(weights).toString();
    }

    @Override
    public Map<LiveTarget, Reading<LiveView>> read(Set<LiveTarget> targets) {
      Map<LiveTarget, Reading<LiveView>> readings = new HashMap<>();
      for (LiveTarget target : targets) {
        Integer weight = weights.get(((LiveTarget.NamedBackend) target).name());
        readings.put(
            target,
            new Reading.Known<>(
                LiveView.configured(
                    Distribution.ofCounts(
                        Map.of(
                            new Address("10.0.0.1", 80), 1, new Address("10.0.0.2", 80), weight)),
                    Map.of()),
                CLOCK.instant()));
      }
      return readings;
    }

    @Override
    public void close() {}
  }

  private final Proxied proxy = new Proxied();
  private final Queue<PoolId> pushed = new ConcurrentLinkedQueue<>();
  private final ReplicaRegistry registry =
      new ReplicaRegistry(
          (KubernetesClient)
              Proxy.newProxyInstance(
                  PollersTest.class.getClassLoader(),
                  new Class<?>[] {KubernetesClient.class},
                  (self, method, arguments) -> {
                    throw new AssertionError(method + " was called");
                  }),
          "evenkeel",
          CLOCK,
          () -> {});
  private final Pollers pollers = new Pollers(List.of(proxy), registry, CLOCK, pushed::add);

  @AfterEach
  void stop() {
    pollers.close();
  }

  private BalancerClass fleet(String probe, String interval) {
    BalancerClass balancerClass =
        Serialization.unmarshal(
            """
            metadata: {name: public}
            spec:
              provider: GatewayAPI
              gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}
              live:
                fleets:
                - {name: edge, probe: %s, interval: %s, replicas: {addresses: ["127.0.0.1:1"]}}
            """
                .formatted(probe, interval),
            BalancerClass.class);
    pollers.sync(registry.sync(Stream.of(balancerClass)));
    return balancerClass;
  }

  private void want(PoolId pool) {
    proxy.weights.putIfAbsent(pool.name(), 1);
    pollers.want(pool, "public", new LiveTarget.NamedBackend(pool.name()));
  }

  private Reading<LiveView> reading(PoolId pool) {
    BalancedBackendPool any = new BalancedBackendPool();
    GatherTest.Room room = new GatherTest.Room("GatewayAPI", new GatherTest());
    return pollers
        .readings(
            pool,
            "public",
            new Gather.Room(room, new Assignment(any, new BalancerClass(), List.of())))
        .getFirst()
        .view();
  }

  private Pollers.Health health() {
    return pollers.health("public").values().iterator().next();
  }

  @Test
  void aProbeThatThisBuildDoesNotHaveIsToldToPoolsThatComeLater() {
    BalancerClass balancerClass = fleet("Traefik", "1h");
    await().until(() -> !pollers.beginning("public"));
    want(WEB);
    String why =
        "this build has no probe Traefik, so the proxies of fleet edge are not read: write one of"
            + " Envoy, or take the fleet out of spec.live.fleets";
    assertThat(reading(WEB)).isEqualTo(new Reading.Unknown<>("ProbeUnavailable", why));
    assertThat(pollers.unreadable(balancerClass.getSpec())).contains(why);
    assertThat(pollers.unreadable(fleet("Envoy", "1h").getSpec())).isEmpty();
  }

  @Test
  void onlyPoolsThatAskedOrWhoseReadingChangedArePushed() {
    want(WEB);
    fleet("Envoy", "1h");
    await().until(() -> pushed.contains(WEB) && health().healthy());
    pushed.clear();
    want(API);
    await().until(() -> pushed.contains(API));
    pollers.readAgain(new ReplicaId("public/edge", "127.0.0.1:1"), API);
    await().until(() -> pushed.size() > 1);
    assertThat(pushed).containsExactly(API, API);
    pushed.clear();
    proxy.weights.put("web", 2);
    pollers.readAgain(new ReplicaId("public/edge", "127.0.0.1:1"), API);
    await().untilAsserted(() -> assertThat(pushed).containsExactlyInAnyOrder(API, WEB));
  }

  @Test
  void anErrorWhileReadingTakesBackWhatWasSeenAndReadingGoesOn() {
    want(WEB);
    fleet("Envoy", "200ms");
    await().until(() -> reading(WEB) instanceof Reading.Known);
    proxy.trouble = Optional.of(new OutOfMemoryError("for a moment"));
    await()
        .until(
            () -> reading(WEB) instanceof Reading.Unknown<?> u && u.reason().equals("Unreadable"));
    assertThat(health().healthy()).isFalse();
    assertThat(health().error()).contains("OutOfMemoryError");
    proxy.trouble = Optional.empty();
    await().until(() -> reading(WEB) instanceof Reading.Known && health().healthy());
  }
}
