package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Another controller, beside which Evenkeel keeps weights: it owns the servers in the haproxy.cfg
 * of some replicas. It writes one of weight 1 for each pod of a Service and reloads.
 */
public final class ServerFileController implements AutoCloseable {
  private final Kubelet kubelet;
  private final String service;
  private final List<HaproxyReplica> replicas;
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("server-file").factory());

  private ServerFileController(Kubelet kubelet, String service, List<HaproxyReplica> replicas) {
    this.kubelet = kubelet;
    this.service = service;
    this.replicas = List.copyOf(replicas);
  }

  /**
   * Looks once in every period. A replica is locked while it is changed, so that others can restart
   * it.
   */
  public static ServerFileController start(
      Kubelet kubelet, String service, List<HaproxyReplica> replicas, Duration period) {
    ServerFileController controller = new ServerFileController(kubelet, service, replicas);
    var unused =
        controller.worker.scheduleWithFixedDelay(
            controller::look, 0, period.toMillis(), TimeUnit.MILLISECONDS);
    return controller;
  }

  private void look() {
    List<HaproxyReplica.Server> servers = kubelet.of(service).stream().map(this::server).toList();
    for (HaproxyReplica replica : replicas) {
      synchronized (replica) {
        if (!replica.spec().servers().equals(servers)) {
          replica.reload(replica.spec().withServers(servers));
        }
      }
    }
  }

  private HaproxyReplica.Server server(Pod pod) {
    String ip = pod.getStatus().getPodIP();
    return new HaproxyReplica.Server("at-" + ip.replace('.', '-'), ip, Kubelet.PORT, 1);
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
