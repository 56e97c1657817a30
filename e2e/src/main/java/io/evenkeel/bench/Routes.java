package io.evenkeel.bench;

import io.evenkeel.lab.LabException;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The routes of one namespace as a bystander sees them: bends a weight, and tells when it was even
 * again, by a watch of its own.
 */
final class Routes implements AutoCloseable {
  private final KubernetesClient client;
  private final String namespace;
  private final Map<String, Seen> seen = new HashMap<>();
  private final Watch watch;

  /**
   * @param version of the object, growing (etcd's revision)
   * @param nanos when it was seen
   */
  private record Seen(long version, boolean even, long nanos) {}

  Routes(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
    this.watch =
        client
            .resources(HTTPRoute.class)
            .inNamespace(namespace)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, HTTPRoute route) {
                    saw(action == Action.DELETED, route);
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    // What was not seen is told by the wait that ends in vain.
                  }
                });
  }

  private void saw(boolean gone, HTTPRoute route) {
    long now = System.nanoTime();
    Seen state =
        new Seen(
            Long.parseLong(route.getMetadata().getResourceVersion()), !gone && even(route), now);
    synchronized (seen) {
      seen.put(route.getMetadata().getName(), state);
      seen.notifyAll();
    }
  }

  /** Whether all weights of the first rule are the same. */
  static boolean even(HTTPRoute route) {
    return route.getSpec().getRules().getFirst().getBackendRefs().stream()
            .map(ref -> Objects.requireNonNullElse(ref.getWeight(), 1))
            .distinct()
            .count()
        == 1;
  }

  /** How many routes are even now. */
  long countEven() {
    synchronized (seen) {
      return seen.values().stream().filter(Seen::even).count();
    }
  }

  /** A weight that somebody changed; when it was sent, and as which version it was stored. */
  record Bent(String route, long version, long nanos) {}

  /** Sets the first weight of a route's first rule to 97, as the given field manager. */
  Bent bend(String name, String manager) {
    long begun = System.nanoTime();
    HTTPRoute now =
        client
            .resources(HTTPRoute.class)
            .inNamespace(namespace)
            .withName(name)
            .patch(
                new PatchContext.Builder()
                    .withPatchType(PatchType.JSON)
                    .withFieldManager(manager)
                    .build(),
                "[{\"op\":\"add\",\"path\":\"/spec/rules/0/backendRefs/0/weight\",\"value\":97}]");
    return new Bent(name, Long.parseLong(now.getMetadata().getResourceVersion()), begun);
  }

  /**
   * From sending the change until the route was seen even again.
   *
   * @throws LabException when it was not within the limit
   */
  Duration untilEven(Bent bent, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (seen) {
      while (true) {
        Optional<Seen> after =
            Optional.ofNullable(seen.get(bent.route()))
                .filter(s -> s.even() && s.version() > bent.version());
        if (after.isPresent()) {
          return Duration.ofNanos(after.get().nanos() - bent.nanos());
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new LabException(
              "route " + bent.route() + " was not even again within " + limit.toSeconds() + " s");
        }
        try {
          seen.wait(Math.max(1, left / 1_000_000));
        } catch (InterruptedException stop) {
          Thread.currentThread().interrupt();
          throw new LabException("interrupted", stop);
        }
      }
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
