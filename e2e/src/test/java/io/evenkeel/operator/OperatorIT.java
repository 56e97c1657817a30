package io.evenkeel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The operator as a process against a real API server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorIT {
  private static final String USER = "operator";
  private static final String CLASS =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancerClass
      metadata: {name: %s}
      spec:
        provider: GatewayAPI
        gatewayAPI: {parentRefs: [{name: edge, namespace: default}]}
        policy: {hostnames: [{pattern: "*.example.com"}]}
      """;

  private final Binaries binaries = Binaries.open();
  private final Sandbox sandbox = Sandbox.open();
  private ControlPlane plane;
  private OperatorProcess operator;

  @BeforeAll
  void start() {
    plane =
        ControlPlane.start(
            sandbox, binaries, ControlPlane.Options.standard().withUser(USER, "system:masters"));
    plane.applyCrds(binaries.get(Part.GATEWAY_API_CRDS), ourCrds());
    plane.createNamespace("evenkeel-system");
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: edge, namespace: default}
        spec:
          gatewayClassName: lab
          listeners: [{name: http, port: 80, protocol: HTTP}]
        """);
    apply(CLASS.formatted("public"));
    service("blue", "10.97.0.1", "10.97.0.2");
    service("green", "10.97.0.3", "10.97.0.4");
    operator = OperatorProcess.start(sandbox, plane.kubeconfig(USER));
  }

  @AfterAll
  void stop() {
    if (operator != null) {
      operator.close();
    }
    plane.close();
    sandbox.close();
    binaries.close();
  }

  private static Path ourCrds() {
    return Stream.of("crds", "../crds")
        .map(p -> Path.of(p, "src/main/resources/META-INF/fabric8"))
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void generatesARouteCorrectsItAndThenIsQuiet() {
    pool("quiet", "public", "quiet.example.com", "green");
    awaitWeights("quiet", 1, 1);
    awaitStill();
    int before = plane.auditLog().cursor();
    Instant begin = Instant.now();
    setWeight("quiet", 97);
    awaitWeights("quiet", 1, 1);
    long took = Duration.between(begin, Instant.now()).toMillis();
    System.out.printf("patched, corrected and seen after %d ms%n", took);
    awaitStill();
    assertThat(
            plane.auditLog().writesSince(before, USER).stream()
                .filter(e -> e.resource().equals("httproutes")))
        .hasSize(1);
    int quiet = plane.auditLog().cursor();
    await()
        .during(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(6))
        .untilAsserted(() -> assertThat(writes(quiet)).isEmpty());
    assertThat(condition("quiet", "Accepted")).isEqualTo("True Accepted");
    assertThat(operator.metrics()).contains("evenkeel_corrections_total");
  }

  @Test
  void pauseAnnotationHoldsCorrectionsAndSuspendEveryWrite() {
    apply(CLASS.formatted("held"));
    pool("held", "held", "held.example.com", "green");
    awaitWeights("held", 1, 1);
    annotate("held", Instant.now().plusSeconds(3600).toString());
    await().untilAsserted(() -> assertThat(condition("held", "Paused")).startsWith("True"));
    setWeight("held", 5);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(3))
        .untilAsserted(() -> assertThat(weights("held")).containsExactly(5, 1));
    suspend("held", true);
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(condition("held", "Accepted")).isEqualTo("True Accepted"));
    annotate("held", null);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(3))
        .untilAsserted(() -> assertThat(weights("held")).containsExactly(5, 1));
    suspend("held", false);
    awaitWeights("held", 1, 1);
  }

  @Test
  void saysWhatIsMissing() {
    pool("no-class", "nobody", "a.example.com", "green");
    pool("no-host", "public", "shop.other.org", "green");
    pool("no-service", "public", "b.example.com", "absent");
    await()
        .untilAsserted(() -> {
          assertThat(condition("no-class", "Accepted")).isEqualTo("False ClassNotFound");
          assertThat(condition("no-host", "Accepted")).isEqualTo("False HostnameNotAllowed");
          assertThat(condition("no-service", "ResolvedRefs")).isEqualTo("False ServiceNotFound");
        });
  }

  @Test
  void aClassInUseStaysUntilItsLastPoolIsGone() {
    apply(CLASS.formatted("leaving"));
    pool("leaving", "leaving", "leaving.example.com", "green");
    awaitWeights("leaving", 1, 1);
    client().resources(BalancerClass.class).withName("leaving").delete();
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(3))
        .until(() -> client().resources(BalancerClass.class).withName("leaving").get() != null);
    client()
        .resources(BalancedBackendPool.class)
        .inNamespace("default")
        .withName("leaving")
        .delete();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(route("leaving").get()).isNull();
          assertThat(client().resources(BalancerClass.class).withName("leaving").get()).isNull();
        });
  }

  private KubernetesClient client() {
    return plane.client();
  }

  private void apply(String yaml) {
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

  private void service(String name, String... addresses) {
    apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: default}
        spec: {ports: [{name: http, port: 8080}]}
        """
            .formatted(name));
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: %1$s-1
          namespace: default
          labels: {kubernetes.io/service-name: %1$s}
        addressType: IPv4
        ports: [{name: http, port: 8080}]
        endpoints: [{addresses: [%2$s]}, {addresses: [%3$s]}]
        """
            .formatted(name, addresses[0], addresses[1]));
  }

  private void pool(String name, String className, String host, String second) {
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %s, namespace: default}
        spec:
          balancerClassName: %s
          route: {hostnames: [%s]}
          backends:
          - {name: first, service: {name: blue, port: 8080}}
          - {name: second, service: {name: %s, port: 8080}}
        """
            .formatted(name, className, host, second));
  }

  private io.fabric8.kubernetes.client.dsl.Resource<HTTPRoute> route(String name) {
    return client().resources(HTTPRoute.class).inNamespace("default").withName(name);
  }

  private List<Integer> weights(String name) {
    HTTPRoute route = route(name).get();
    return route == null
        ? List.of()
        : route.getSpec().getRules().getFirst().getBackendRefs().stream()
            .map(ref -> ref.getWeight())
            .toList();
  }

  private void awaitWeights(String name, Integer... expected) {
    await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(weights(name)).containsExactly(expected));
  }

  private void setWeight(String name, int weight) {
    var unused =
        route(name)
            .patch(
                PatchContext.of(PatchType.JSON),
                """
                [{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":%d}]
                """
                    .formatted(weight));
  }

  private void annotate(String pool, @org.jspecify.annotations.Nullable String until) {
    var unused =
        client()
            .resources(BalancedBackendPool.class)
            .inNamespace("default")
            .withName(pool)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"metadata\":{\"annotations\":{\"evenkeel.io/pause-until\":"
                    + (until == null ? "null" : "\"" + until + "\"")
                    + "}}}");
  }

  private void suspend(String className, boolean value) {
    var unused =
        client()
            .resources(BalancerClass.class)
            .withName(className)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"spec\":{\"policy\":{\"suspend\":" + value + "}}}");
  }

  private String condition(String pool, String type) {
    BalancedBackendPool found =
        client().resources(BalancedBackendPool.class).inNamespace("default").withName(pool).get();
    return found.getStatus() == null
        ? ""
        : found.getStatus().conditions().stream()
            .filter(c -> c.type().equals(type))
            .map(c -> c.status() + " " + c.reason())
            .findFirst()
            .orElse("");
  }

  private List<?> writes(int cursor) {
    return plane.auditLog().writesSince(cursor, USER).stream()
        .filter(e -> !e.isLeaseOrEvent())
        .toList();
  }

  /** Until nothing was written for a second and a half. */
  private void awaitStill() {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          int cursor = plane.auditLog().cursor();
          await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
          return writes(cursor).isEmpty();
        });
  }
}
