package io.evenkeel.provider;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.PoolId;
import java.util.List;

/**
 * A pool, the class it is assigned to and its resolved backends: all that a room needs to know of
 * it.
 */
public record Assignment(
    BalancedBackendPool pool, BalancerClass balancerClass, List<Backend> backends) {
  public Assignment {
    backends = List.copyOf(backends);
  }

  public PoolId id() {
    return new PoolId(pool.getMetadata().getNamespace(), pool.getMetadata().getName());
  }
}
