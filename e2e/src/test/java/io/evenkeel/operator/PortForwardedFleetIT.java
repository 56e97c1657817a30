package io.evenkeel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.Contour;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.EnvoyProxy;
import io.evenkeel.lab.NodeAgent;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Sandbox;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The operator with no rights but those of the manifests it is shipped with, and a class whose
 * proxies can be read by port-forward only.
 */
class PortForwardedFleetIT {
  private static final String ACCOUNT = "system:serviceaccount:evenkeel-system:evenkeel";

  private final List<AutoCloseable> open = new ArrayList<>();
  private ControlPlane plane;

  private <T extends AutoCloseable> T keep(T resource) {
    open.add(resource);
    return resource;
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  @Test
  void saysWhatToGrantAndVerifiesThePoolOnceItIsGranted() throws Exception {
    Binaries binaries = keep(Binaries.open());
    Sandbox sandbox = keep(Sandbox.open());
    plane =
        keep(
            ControlPlane.start(
                sandbox,
                binaries,
                ControlPlane.Options.standard()
                    .withUser(
                        ACCOUNT,
                        "system:serviceaccounts",
                        "system:serviceaccounts:evenkeel-system")));
    Contour contour = keep(Contour.start(sandbox, binaries, plane));
    plane.applyCrds(repository("crds/src/main/resources/META-INF/fabric8"));
    apply("deploy/manifests/00-namespace.yaml");
    apply("deploy/manifests/10-rbac.yaml");
    apply("deploy/manifests/rooms/gatewayapi.yaml");
    apply("deploy/manifests/rooms/proxies.yaml");
    ClusterUser user = new ClusterUser(plane.client());
    plane.createNamespace("shop");
    service(user, "blue", "10.97.0.11", "10.97.0.12");
    service(user, "green", "10.97.0.13");
    // Without any route Contour gives its proxies no listener.
    user.createRoute("shop", "other", "other.test", 8080, Map.of("blue", 1));
    EnvoyProxy envoy =
        keep(EnvoyProxy.start(sandbox, binaries, contour, 1, EnvoyProxy.Admin.LOCALHOST));
    NodeAgent agent = keep(NodeAgent.start(sandbox, binaries, plane));
    user.createPod(Contour.GATEWAY_NAMESPACE, "envoy", "edge-1", envoy.address());
    agent.place(Contour.GATEWAY_NAMESPACE, "edge-1", envoy.network());
    applyText(CLASS_AND_POOL);
    // The path of a kubeconfig must have no colon, and the account's name has.
    Path kubeconfig = sandbox.directory("operator").resolve("kubeconfig");
    Files.copy(plane.kubeconfig(ACCOUNT), kubeconfig);
    keep(OperatorProcess.start(sandbox, kubeconfig));

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(probes().status()).isEqualTo(Condition.Status.False);
          assertThat(probes().message())
              .contains(
                  "0 of 1 replicas answer",
                  "may not forward ports in namespace infra",
                  "apply deploy/manifests/opt-in/port-forward.yaml",
                  "RoleBinding in infra");
          assertThat(liveVerified().status()).isEqualTo(Condition.Status.Unknown);
        });

    apply("deploy/manifests/opt-in/port-forward.yaml");
    plane
        .client()
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName("evenkeel-port-forward")
                .withNamespace(Contour.GATEWAY_NAMESPACE)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "evenkeel-port-forward")
                .addNewSubject(null, "ServiceAccount", "evenkeel", "evenkeel-system")
                .build())
        .create();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          assertThat(probes().status()).isEqualTo(Condition.Status.True);
          assertThat(liveVerified().status()).isEqualTo(Condition.Status.True);
        });
    System.out.println(probes() + "\n" + liveVerified());
  }

  private static final String CLASS_AND_POOL =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancerClass
      metadata: {name: public}
      spec:
        provider: GatewayAPI
        gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}
        live:
          fleets:
          - name: edge
            probe: Envoy
            replicas: {pods: {namespace: infra, selector: {matchLabels: {app: envoy}}, port: 9901, via: PortForward}}
            interval: 500ms
            settle: 2s
        policy: {namespaces: {from: All}, hostnames: [{pattern: "*.example.com"}]}
      ---
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancedBackendPool
      metadata: {name: shop, namespace: shop}
      spec:
        balancerClassName: public
        route: {hostnames: [shop.example.com]}
        backends:
        - {name: blue, service: {name: blue, port: 8080}}
        - {name: green, service: {name: green, port: 8080}}
      """;

  private static void service(ClusterUser user, String name, String... addresses) {
    user.createService("shop", name, 8080);
    user.slice(
        "shop", name, 8080, Stream.of(addresses).map(ClusterUser.SliceEndpoint::ready).toList());
  }

  private Condition probes() {
    BalancerClass found = client().resources(BalancerClass.class).withName("public").get();
    return condition(
        found.getStatus() == null ? List.of() : found.getStatus().conditions(), "ProbesHealthy");
  }

  private Condition liveVerified() {
    BalancedBackendPool found =
        client().resources(BalancedBackendPool.class).inNamespace("shop").withName("shop").get();
    return condition(
        found.getStatus() == null ? List.of() : found.getStatus().conditions(), "LiveVerified");
  }

  private static Condition condition(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(c -> c.type().equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no condition " + type));
  }

  private KubernetesClient client() {
    return plane.client();
  }

  private static Path repository(String path) {
    return Stream.of("", "..")
        .map(root -> Path.of(root, path))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow();
  }

  private void apply(String manifest) throws IOException {
    applyText(Files.readString(repository(manifest)));
  }

  private void applyText(String yaml) {
    client()
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(this::apply);
  }

  private void apply(HasMetadata item) {
    if (item instanceof GenericKubernetesResource custom) {
      Class<? extends HasMetadata> type =
          custom.getKind().equals("BalancerClass")
              ? BalancerClass.class
              : BalancedBackendPool.class;
      client()
          .genericKubernetesResources(ResourceDefinitionContext.fromResourceType(type))
          .resource(custom)
          .serverSideApply();
    } else {
      client().resource(item).serverSideApply();
    }
  }
}
