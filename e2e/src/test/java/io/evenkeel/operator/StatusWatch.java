package io.evenkeel.operator;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sees every status of every pool, however short-lived, and keeps those that say Drifted. */
final class StatusWatch implements AutoCloseable {
  private final List<Drifted> drifted = new CopyOnWriteArrayList<>();
  private final Watch watch;
  private volatile boolean broken;

  /** A status that was written, with the moment at which it was seen. */
  record Drifted(Instant at, String pool, String message) {}

  StatusWatch(KubernetesClient client) {
    watch =
        client
            .resources(BalancedBackendPool.class)
            .inAnyNamespace()
            .watch(
                new Watcher<BalancedBackendPool>() {
                  @Override
                  public void eventReceived(Action action, BalancedBackendPool pool) {
                    if (pool.getStatus() != null) {
                      pool.getStatus().conditions().stream()
                          .filter(c -> c.type().equals("Drifted"))
                          .filter(c -> c.status() == Condition.Status.True)
                          .forEach(c ->
                              drifted.add(
                                  new Drifted(
                                      Instant.now(), pool.getMetadata().getName(), c.message())));
                    }
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    broken = true;
                  }
                });
  }

  /**
   * In the order in which they were seen.
   *
   * @throws IllegalStateException when the watch broke off, for then it cannot say that there was
   *     nothing
   */
  List<Drifted> drifted() {
    if (broken) {
      throw new IllegalStateException("the watch on the pools broke off");
    }
    return List.copyOf(drifted);
  }

  @Override
  public void close() {
    watch.close();
  }
}
