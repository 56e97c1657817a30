package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReleaseTest {
  /** A room that cannot be opened at the moment. */
  private record Shut(String name) implements ProviderRoom {
    @Override
    public List<Watched> watches() {
      return List.of();
    }

    @Override
    public Provider open(Context context) {
      throw new IllegalStateException("cannot watch httproutes: forbidden");
    }
  }

  private static <T> T untouchable(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new IllegalStateException(method + " was called");
            }));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPoolWhoseRoomCannotBeOpenedStaysWithItsFinalizer(boolean classIsThere) {
    KubernetesClient client = untouchable(KubernetesClient.class);
    ObjectCaches caches = new ObjectCaches();
    if (classIsThere) {
      caches.put(
          Serialization.unmarshal(
              """
              metadata: {name: public}
              spec: {provider: GatewayAPI, gatewayAPI: {parentRefs: [{name: edge, namespace: a}]}}
              """,
              BalancerClass.class));
    }
    Rooms rooms =
        new Rooms(
            List.of(new Shut("GatewayAPI")),
            new Watches(client, Set.of(), Set.of(), (before, after) -> {}),
            untouchable(ProviderRoom.Context.class));
    assertThat(rooms.discover()).isFalse();
    BalancedBackendPool pool =
        Serialization.unmarshal(
            """
            metadata:
              name: web
              namespace: shop
              uid: web-uid
              resourceVersion: "7"
              deletionTimestamp: "2026-11-01T12:00:00Z"
              finalizers: [evenkeel.io/release]
            spec:
              balancerClassName: public
              deletionPolicy: Orphan
              backends: [{name: blue, service: {name: blue, port: 80}}]
            """,
            BalancedBackendPool.class);
    try (Events events =
        new Events(client, "test", InstantSource.fixed(Instant.parse("2026-11-01T12:00:00Z")))) {
      Release release = new Release(client, caches, rooms, events, () -> true);
      assertThat(release.release(pool)).isFalse();
    }
  }
}
