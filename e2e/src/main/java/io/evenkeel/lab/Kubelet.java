package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays the node that all pods of a namespace are on: each pod gets an address and a {@link
 * Backend} that serves there, becomes ready after a while, and serves on for its grace when it is
 * deleted. So the real controllers can roll and scale real Deployments.
 */
public final class Kubelet implements AutoCloseable {
  /** The port of every pod. */
  public static final int PORT = 8080;

  private static final int PER_BLOCK = 250;
  private static final int BLOCKS = 200;

  private final KubernetesClient client;
  private final String namespace;
  private final Pace pace;
  private final Random random;
  private final AtomicInteger addresses = new AtomicInteger();
  private final Map<String, Backend> running = new ConcurrentHashMap<>();
  private final Map<String, Boolean> leaving = new ConcurrentHashMap<>();
  private final ScheduledExecutorService worker =
      Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().name("kubelet").factory());
  private final SharedIndexInformer<Pod> pods;

  /**
   * How long things take.
   *
   * @param startup from half of this to all of it until a pod is ready
   * @param grace how long a deleted pod goes on serving
   */
  public record Pace(Duration startup, Duration grace) {}

  private Kubelet(KubernetesClient client, String namespace, Pace pace, long seed) {
    this.client = client;
    this.namespace = namespace;
    this.pace = pace;
    this.random = new Random(seed);
    this.pods =
        client
            .pods()
            .inNamespace(namespace)
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Pod pod) {
                    seen(pod);
                  }

                  @Override
                  public void onUpdate(Pod before, Pod pod) {
                    seen(pod);
                  }

                  @Override
                  public void onDelete(Pod pod, boolean unknown) {
                    gone(pod.getMetadata().getName());
                  }
                });
  }

  /** Begins at once, also with pods that are there already. */
  public static Kubelet start(KubernetesClient client, String namespace, Pace pace, long seed) {
    return new Kubelet(client, namespace, pace, seed);
  }

  private void seen(Pod pod) {
    String name = pod.getMetadata().getName();
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      if (leaving.putIfAbsent(name, true) == null) {
        later(pace.grace(), () -> remove(name));
      }
    } else if (ClusterUser.NODE.equals(pod.getSpec().getNodeName()) && !running.containsKey(name)) {
      running.put(name, Backend.start(name, address(), PORT, Backend.Behaviour.unlimited()));
      status(name, false);
      long millis = pace.startup().toMillis();
      later(
          Duration.ofMillis(millis / 2 + random.nextLong(millis / 2 + 1)),
          () -> status(name, true));
    }
  }

  /** Addresses come back only after all others: a stale one must not reach a stranger. */
  private String address() {
    int n = addresses.getAndIncrement() % (PER_BLOCK * BLOCKS);
    return "10.97.%d.%d".formatted(1 + n / PER_BLOCK, 1 + n % PER_BLOCK);
  }

  private void later(Duration delay, Runnable deed) {
    var unused = worker.schedule(deed, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void status(String name, boolean ready) {
    Backend backend = running.get(name);
    if (backend == null || leaving.containsKey(name)) {
      return;
    }
    try {
      var unused =
          client
              .pods()
              .inNamespace(namespace)
              .withName(name)
              .editStatus(pod -> ClusterUser.withStatus(pod, backend.address(), ready));
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        later(Duration.ofMillis(20), () -> status(name, ready));
      } else if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private void remove(String name) {
    var unused = client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
  }

  private void gone(String name) {
    leaving.remove(name);
    Backend backend = running.remove(name);
    if (backend != null) {
      backend.close();
    }
  }

  /** The ready pods of a Service that nobody has deleted, by name. */
  public List<Pod> ready(String service) {
    return of(service).stream()
        .filter(pod ->
            pod.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True")))
        .toList();
  }

  /** The pods of a Service that have an address and that nobody has deleted, by name. */
  public List<Pod> of(String service) {
    return pods.getStore().list().stream()
        .filter(pod -> service.equals(pod.getMetadata().getLabels().get("app")))
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(pod -> pod.getStatus().getPodIP() != null)
        .sorted((a, b) -> a.getMetadata().getName().compareTo(b.getMetadata().getName()))
        .toList();
  }

  /** What serves at a pod's address. */
  public Optional<Backend> backend(Pod pod) {
    return Optional.ofNullable(running.get(pod.getMetadata().getName()));
  }

  @Override
  public void close() {
    pods.stop();
    worker.shutdownNow();
    running.values().forEach(Backend::close);
  }
}
