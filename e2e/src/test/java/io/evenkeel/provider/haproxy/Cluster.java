package io.evenkeel.provider.haproxy;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassStatus;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.wire.haproxy.MalformedAnswer;
import io.evenkeel.wire.haproxy.ServersState;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A control plane, the operator as a process, HAProxy replicas, and those who use them. */
final class Cluster implements AutoCloseable {
  static final String NAMESPACE = "shop";
  private static final String OPERATOR_NAMESPACE = "evenkeel-system";
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("team")
          .withForce(true)
          .build();

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Binaries binaries = keep(Binaries.open());
  private final Sandbox sandbox = keep(Sandbox.open());
  private final ControlPlane plane;
  private Optional<OperatorProcess> operator = Optional.empty();

  Cluster() {
    plane = keep(ControlPlane.start(sandbox, binaries, ControlPlane.Options.standard()));
    plane.applyCrds(
        binaries.get(Part.GATEWAY_API_CRDS),
        Stream.of("crds", "../crds")
            .map(p -> Path.of(p, "src/main/resources/META-INF/fabric8"))
            .filter(Files::isDirectory)
            .findFirst()
            .orElseThrow());
    plane.createNamespace(OPERATOR_NAMESPACE);
    plane.createNamespace(NAMESPACE);
  }

  <T extends AutoCloseable> T keep(T resource) {
    open.push(resource);
    return resource;
  }

  Sandbox sandbox() {
    return sandbox;
  }

  OperatorProcess startOperator() {
    OperatorProcess started = keep(OperatorProcess.start(sandbox, plane.kubeconfig()));
    operator = Optional.of(started);
    return started;
  }

  /** Kill −9. */
  void killOperator() {
    operator.orElseThrow().kill();
  }

  HaproxyReplica haproxy(HaproxyReplica.Spec spec) {
    return keep(HaproxyReplica.start(sandbox, binaries, spec));
  }

  /** The section's name for a pool. */
  static String section(String pool) {
    return NAMESPACE + "_" + pool;
  }

  private KubernetesClient client() {
    return plane.client();
  }

  void apply(String manifest) {
    client()
        .resource(Serialization.unmarshal(manifest, GenericKubernetesResource.class))
        .patch(APPLY);
  }

  /** A Service with ready pods at these addresses, port 8080. */
  void service(String name, List<String> ips) {
    ClusterUser user = new ClusterUser(client());
    user.createService(NAMESPACE, name, 8080);
    user.slice(NAMESPACE, name, 8080, ips.stream().map(ClusterUser.SliceEndpoint::ready).toList());
  }

  /** A pool and a class of its own, both with this name. */
  void pool(String name, String service, String membership, String address, String moreOfTheFleet) {
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: %s}
        spec:
          provider: HAProxy
          haproxy: {membership: %s}
          live:
            fleets:
            - name: edge
              probe: HAProxy
              replicas: {addresses: ["%s"]}
              interval: 200ms
              timeout: 1s
              %s
        """
            .formatted(name, membership, address, moreOfTheFleet));
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %s, namespace: %s}
        spec: {balancerClassName: %s, backends: [{name: all, service: {name: %s, port: 8080}}]}
        """
            .formatted(name, NAMESPACE, name, service));
  }

  /** A Secret for classes, replaced as a whole. */
  void secret(String name, Map<String, String> parts) {
    deleteSecret(name);
    client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(OPERATOR_NAMESPACE)
                .endMetadata()
                .withStringData(parts)
                .build())
        .create();
  }

  void deleteSecret(String name) {
    client().secrets().inNamespace(OPERATOR_NAMESPACE).withName(name).delete();
  }

  /** Such as {@code True Verified: message}; empty while there is none. */
  String poolSays(String pool, String type) {
    BalancedBackendPool found =
        client().resources(BalancedBackendPool.class).inNamespace(NAMESPACE).withName(pool).get();
    return found.getStatus() == null ? "" : says(found.getStatus().conditions(), type);
  }

  String classSays(String name, String type) {
    return classStatus(name).map(status -> says(status.conditions(), type)).orElse("");
  }

  /** What the class's status has as its last error; empty for none. */
  String lastError(String name) {
    return classStatus(name).flatMap(status -> Optional.ofNullable(status.lastError())).orElse("");
  }

  private Optional<BalancerClassStatus> classStatus(String name) {
    return Optional.ofNullable(
        client().resources(BalancerClass.class).withName(name).get().getStatus());
  }

  private static String says(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(c -> c.type().equals(type))
        .map(c -> c.status() + " " + c.reason() + ": " + c.message())
        .findFirst()
        .orElse("");
  }

  /** Weights by IP address of the servers that take requests. */
  static Map<String, Integer> weights(HaproxyReplica replica) {
    Map<String, Integer> weights = new TreeMap<>();
    String answer = replica.run("show servers state " + replica.spec().backend());
    try {
      for (ServersState.Server server : ServersState.parse(answer).orElseThrow()) {
        if (!server.maintenance() && !server.draining()) {
          weights.merge(server.address(), server.weight(), Integer::sum);
        }
      }
    } catch (MalformedAnswer e) {
      throw new LabException("not a servers state: " + answer, e);
    }
    return weights;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : List.copyOf(open)) {
      each.close();
    }
  }
}
