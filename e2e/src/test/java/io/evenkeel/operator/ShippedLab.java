package io.evenkeel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.lab.Backend;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.Contour;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.EnvoyProxy;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.Installation;
import io.evenkeel.lab.Lab;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Sandbox;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A shop with the operator installed as it is shipped: Services {@code blue} and {@code green} of
 * two backends each, class {@code edge} with two HAProxy replicas that have the section {@code
 * shop_web}, class {@code public} with a Gateway, Contour and an Envoy. The proxies are found by
 * the labels of their pods.
 */
final class ShippedLab implements AutoCloseable {
  static final String NAMESPACE = "shop";
  static final Duration LIMIT = Duration.ofSeconds(30);

  /** The fast profile: another replica takes over within about three seconds. */
  static final String[] FAST = {
    "--lease-duration=3s", "--renew-deadline=2s", "--retry-period=500ms"
  };

  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("shop-team")
          .withForce(true)
          .build();

  private final Binaries binaries = Binaries.open();
  private final Lab lab;
  private final Installation installation;
  private final List<HaproxyReplica> edges;
  private final List<OperatorProcess> operators = new ArrayList<>();

  ShippedLab() {
    lab = Lab.open(binaries, ControlPlane.Options.standard());
    try {
      installation = Installation.apply(plane());
      plane().createNamespace(NAMESPACE);
      service("blue", 11, 12);
      service("green", 13, 14);
      edges = List.of(edge(1), edge(2));
      EnvoyProxy envoy = envoy();
      lab.user().createPod(Contour.GATEWAY_NAMESPACE, "envoy", "envoy-1", envoy.address());
      apply(EDGE);
      apply(PUBLIC);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static final String EDGE =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancerClass
      metadata: {name: edge}
      spec:
        provider: HAProxy
        haproxy: {}
        live:
          fleets:
          - name: lb
            probe: HAProxy
            replicas: {pods: {namespace: infra, selector: {matchLabels: {app: haproxy}}, port: 9999}}
            interval: 300ms
            settle: 1s
      """;

  private static final String PUBLIC =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancerClass
      metadata: {name: public, annotations: {evenkeel.io/is-default-class: "true"}}
      spec:
        provider: GatewayAPI
        gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}
        live:
          fleets:
          - name: envoy
            probe: Envoy
            replicas: {pods: {namespace: infra, selector: {matchLabels: {app: envoy}}, port: 9901}}
            interval: 300ms
            settle: 5s
        policy: {hostnames: [{pattern: "*.example.com"}]}
      """;

  private EnvoyProxy envoy() {
    Contour contour = lab.contour();
    // Contour opens the listener with the first route, so there is one that is nobody's pool.
    lab.user().createRoute(NAMESPACE, "www", "www.example.com", 8080, Map.of("blue", 1));
    return lab.envoy(contour, 1);
  }

  private HaproxyReplica edge(int number) {
    List<HaproxyReplica.Server> servers =
        IntStream.rangeClosed(11, 14)
            .mapToObj(n -> new HaproxyReplica.Server("s" + n, Sandbox.address(n), 8080, 1))
            .toList();
    String address = Sandbox.address(100 + number);
    HaproxyReplica replica =
        lab.haproxy(
            HaproxyReplica.Spec.of("edge-" + number, address, 80, "shop_web", servers)
                .withRuntimePort(9999, null));
    plane().createNamespace(Contour.GATEWAY_NAMESPACE);
    lab.user().createPod(Contour.GATEWAY_NAMESPACE, "haproxy", "edge-" + number, address);
    return replica;
  }

  private void service(String name, int... hosts) {
    List<ClusterUser.SliceEndpoint> endpoints = new ArrayList<>();
    for (int host : hosts) {
      String address = Sandbox.address(host);
      Backend unused = lab.backend(address, host, Backend.Behaviour.unlimited());
      endpoints.add(ClusterUser.SliceEndpoint.ready(address));
    }
    lab.user().createService(NAMESPACE, name, 8080);
    lab.user().slice(NAMESPACE, name, 8080, endpoints);
  }

  /** An operator as it is shipped; one of two when called twice. */
  OperatorProcess operator(String... options) {
    OperatorProcess operator = OperatorProcess.start(lab.sandbox(), installation, options);
    operators.add(operator);
    return operator;
  }

  Lab lab() {
    return lab;
  }

  ControlPlane plane() {
    return lab.controlPlane();
  }

  Binaries binaries() {
    return binaries;
  }

  Installation installation() {
    return installation;
  }

  KubernetesClient client() {
    return plane().client();
  }

  /** The HAProxy replica of this number, from 1. */
  HaproxyReplica edge1() {
    return edges.getFirst();
  }

  /** As the team applies it, server-side. */
  void apply(String manifest) {
    var unused =
        client()
            .resource(Serialization.unmarshal(manifest, GenericKubernetesResource.class))
            .patch(APPLY);
  }

  /** A pool {@code blue}, {@code green}; {@code spec} is what else it says, in flow style. */
  void pool(String name, String spec) {
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %s, namespace: shop}
        spec:
          backends:
          - {name: blue, service: {name: blue, port: 8080}}
          - {name: green, service: {name: green, port: 8080}}
        """
                .formatted(name)
            + spec.indent(2));
  }

  void delete(String pool) {
    client().resources(BalancedBackendPool.class).inNamespace(NAMESPACE).withName(pool).delete();
  }

  void deleteClass(String name) {
    client().resources(BalancerClass.class).withName(name).delete();
  }

  boolean isThere(String pool) {
    return pool(pool) != null;
  }

  BalancedBackendPool pool(String name) {
    return client()
        .resources(BalancedBackendPool.class)
        .inNamespace(NAMESPACE)
        .withName(name)
        .get();
  }

  /** A condition as {@code True Reason}; empty when it is not there. */
  String condition(String pool, String type) {
    BalancedBackendPool found = pool(pool);
    return found == null || found.getStatus() == null
        ? ""
        : found.getStatus().conditions().stream()
            .filter(c -> c.type().equals(type))
            .map(c -> c.status() + " " + c.reason())
            .findFirst()
            .orElse("");
  }

  void awaitReady(String pool) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(conditions(pool)).contains("Ready=True", "LiveVerified=True"));
  }

  private List<String> conditions(String pool) {
    BalancedBackendPool found = pool(pool);
    return found == null || found.getStatus() == null
        ? List.of()
        : found.getStatus().conditions().stream()
            .map(c ->
                c.status() == Condition.Status.True
                    ? c.type() + "=True"
                    : c.type() + "=" + c.status() + ": " + c.message())
            .toList();
  }

  /** The weights of a route's first rule; empty when there is no route. */
  List<Integer> weights(String route) {
    HTTPRoute found =
        client().resources(HTTPRoute.class).inNamespace(NAMESPACE).withName(route).get();
    return found == null
        ? List.of()
        : found.getSpec().getRules().getFirst().getBackendRefs().stream()
            .map(ref -> ref.getWeight())
            .toList();
  }

  void awaitWeights(String route, Integer... expected) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(weights(route)).containsExactly(expected));
  }

  /** A server's weight in the first HAProxy replica, as {@code 1 (initial 1)}. */
  String edgeWeight(String server) {
    return edge1().run("get weight shop_web/" + server).strip();
  }

  @Override
  public void close() {
    operators.forEach(OperatorProcess::close);
    lab.close();
    binaries.close();
  }
}
