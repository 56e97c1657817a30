package io.evenkeel.bench;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The least that any corrector has to do: see an event, send a patch. No cache, no decision, no
 * guard; nothing can be faster on this API server with this client.
 */
final class Floor implements AutoCloseable {
  static final String LABEL = "bench.evenkeel.io/floor";

  private final Watch watch;
  private final ExecutorService worker = Executors.newVirtualThreadPerTaskExecutor();

  Floor(KubernetesClient client, String namespace) {
    this.watch =
        client
            .resources(HTTPRoute.class)
            .inNamespace(namespace)
            .withLabels(Map.of(LABEL, "true"))
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, HTTPRoute route) {
                    if (action == Action.MODIFIED && !Routes.even(route)) {
                      Future<?> unused = worker.submit(() -> put(client, route));
                    }
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    // What is not put right is told by the wait that ends in vain.
                  }
                });
  }

  private static void put(KubernetesClient client, HTTPRoute route) {
    try {
      client
          .resource(route)
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON)
                  .withFieldManager("floor")
                  .build(),
              """
              [{"op":"test","path":"/metadata/resourceVersion","value":"%s"},
               {"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":1}]
              """
                  .formatted(route.getMetadata().getResourceVersion()));
    } catch (KubernetesClientException conflict) {
      // The next event brings the newer version.
    }
  }

  @Override
  public void close() {
    watch.close();
    worker.shutdownNow();
  }
}
