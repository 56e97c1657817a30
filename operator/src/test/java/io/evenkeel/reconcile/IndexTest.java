package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.core.pool.PoolId;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IndexTest {
  private static final PoolId POOL = new PoolId("shop", "shop");

  private final Index index = new Index();

  @Test
  void anyGrantOfTheBackendsNamespaceConcernsAPoolThatReachesThere() {
    index.set(POOL, Optional.of("public"), pool("{name: blue, namespace: far, port: 80}"), none());

    assertThat(index.concerned(grant("far"))).containsExactly(POOL);
    assertThat(index.concerned(grant("elsewhere"))).isEmpty();
  }

  @Test
  void grantsDoNotConcernAPoolThatStaysAtHome() {
    index.set(POOL, Optional.of("public"), pool("{name: blue, port: 80}"), none());

    assertThat(index.concerned(grant("shop"))).isEmpty();
  }

  private static Optional<Gather.Room> none() {
    return Optional.empty();
  }

  private static BalancedBackendPool pool(String service) {
    return Serialization.unmarshal(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: shop, namespace: shop}
        spec:
          backends: [{name: blue, service: %s}]
        """
            .formatted(service),
        BalancedBackendPool.class);
  }

  private static ReferenceGrant grant(String namespace) {
    return Serialization.unmarshal(
        """
        apiVersion: gateway.networking.k8s.io/v1beta1
        kind: ReferenceGrant
        metadata: {name: whatever, namespace: %s}
        """
            .formatted(namespace),
        ReferenceGrant.class);
  }
}
