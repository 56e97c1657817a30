package io.evenkeel.demo;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Watches one HTTPRoute, whose Services should all have the same weight, from before a disturbance
 * until it is even again.
 */
final class RouteWatch implements AutoCloseable {
  private final Watch watch;
  private boolean left;
  private OptionalLong evenAgain = OptionalLong.empty();

  RouteWatch(KubernetesClient client, String namespace, String name) {
    watch =
        client
            .resources(HTTPRoute.class)
            .inNamespace(namespace)
            .withName(name)
            .watch(
                new Watcher<HTTPRoute>() {
                  @Override
                  public void eventReceived(Action action, HTTPRoute route) {
                    seen(action != Action.DELETED && even(route), System.nanoTime());
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    // Then it never tells that the route is even again, and the scenario fails.
                  }
                });
  }

  private static boolean even(HTTPRoute route) {
    return route.getSpec().getRules().stream()
        .allMatch(rule ->
            rule.getBackendRefs().stream()
                    .map(ref -> Objects.requireNonNullElse(ref.getWeight(), 1))
                    .distinct()
                    .count()
                == 1);
  }

  private synchronized void seen(boolean even, long at) {
    left |= !even;
    if (left && even && evenAgain.isEmpty()) {
      evenAgain = OptionalLong.of(at);
    }
  }

  /** As {@link System#nanoTime} gave it, once it was uneven or gone and is even again. */
  synchronized OptionalLong evenAgain() {
    return evenAgain;
  }

  @Override
  public void close() {
    watch.close();
  }
}
