package io.evenkeel.demo;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Resource;

/** Sees every status of one pool, however short-lived. */
final class DriftWatch implements AutoCloseable {
  private final Watch watch;
  private volatile boolean drifted;
  private volatile boolean broken;

  DriftWatch(Resource<BalancedBackendPool> pool) {
    watch =
        pool.watch(
            new Watcher<BalancedBackendPool>() {
              @Override
              public void eventReceived(Action action, BalancedBackendPool now) {
                if (now.getStatus() != null && Shop.is(now.getStatus(), "Drifted")) {
                  drifted = true;
                }
              }

              @Override
              public void onClose(WatcherException cause) {
                broken = true;
              }
            });
  }

  /** Whether the pool was ever called drifted; a watch that broke off cannot deny it. */
  boolean drifted() {
    return drifted || broken;
  }

  @Override
  public void close() {
    watch.close();
  }
}
