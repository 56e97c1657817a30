package io.evenkeel.reconcile;

import io.evenkeel.core.pool.PoolId;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Names pools by their objects. */
final class PoolIds {
  private PoolIds() {}

  static PoolId of(HasMetadata pool) {
    return new PoolId(pool.getMetadata().getNamespace(), pool.getMetadata().getName());
  }
}
