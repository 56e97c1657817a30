package io.evenkeel.demo;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.api.v1alpha1.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The people who use the cluster: they apply manifests and read the status of their pools. */
final class Shop {
  static final String NAMESPACE = "shop";

  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("shop-team")
          .withForce(true)
          .build();

  private final KubernetesClient client;

  Shop(KubernetesClient client) {
    this.client = client;
    apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}".formatted(NAMESPACE));
  }

  /** As {@code kubectl apply --server-side}. */
  void apply(String manifest) {
    client
        .resource(Serialization.unmarshal(manifest, GenericKubernetesResource.class))
        .patch(APPLY);
  }

  /**
   * A Service without selector, and the slice that the EndpointSlice controller would write for it.
   */
  void service(String name, List<String> addresses) {
    apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: %s}
        spec: {ports: [{port: 8080}]}
        """
            .formatted(name, NAMESPACE));
    endpoints(name, addresses);
  }

  /** Now these addresses, each {@code ip:8080}, are the ready ones of the Service. */
  void endpoints(String service, List<String> addresses) {
    String endpoints =
        addresses.stream()
            .map(address -> address.substring(0, address.indexOf(':')))
            .map(ip -> endpoint(service, ip))
            .collect(Collectors.joining("\n"));
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: %1$s-1
          namespace: %2$s
          labels:
            kubernetes.io/service-name: %1$s
            endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
        addressType: IPv4
        ports: [{name: "", port: 8080, protocol: TCP}]
        endpoints:
        %3$s
        """
            .formatted(service, NAMESPACE, endpoints));
  }

  private static String endpoint(String service, String ip) {
    String pod = service + "-" + ip.substring(ip.lastIndexOf('.') + 1);
    return ("- {addresses: [%s], conditions: {ready: true, serving: true, terminating: false},"
            + " targetRef: {kind: Pod, name: %s, namespace: %s, uid: uid-%s}}")
        .formatted(ip, pod, NAMESPACE, pod);
  }

  Resource<BalancedBackendPool> pool(String name) {
    return client.resources(BalancedBackendPool.class).inNamespace(NAMESPACE).withName(name);
  }

  Optional<BalancedBackendPoolStatus> status(String pool) {
    return Optional.ofNullable(pool(pool).get()).map(BalancedBackendPool::getStatus);
  }

  /** Whether the status came to satisfy {@code wanted} in time. */
  boolean await(String pool, Duration limit, Predicate<BalancedBackendPoolStatus> wanted) {
    long deadline = System.nanoTime() + limit.toNanos();
    do {
      if (status(pool).filter(wanted).isPresent()) {
        return true;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    } while (System.nanoTime() < deadline);
    return false;
  }

  static boolean is(BalancedBackendPoolStatus status, String type) {
    return status.conditions().stream()
        .anyMatch(c -> c.type().equals(type) && c.status() == Condition.Status.True);
  }

  /** The operator vouches for what the proxies do. */
  static boolean verified(BalancedBackendPoolStatus status) {
    return is(status, "Ready") && is(status, "LiveVerified");
  }

  /** What it says of a pool, for complaints. */
  String complaint(String pool) {
    return status(pool)
        .map(status ->
            status.conditions().stream()
                .map(c -> c.type() + "=" + c.status() + " (" + c.reason() + "): " + c.message())
                .collect(Collectors.joining("\n  ", "pool " + pool + ":\n  ", "")))
        .orElse("pool " + pool + " has no status");
  }
}
