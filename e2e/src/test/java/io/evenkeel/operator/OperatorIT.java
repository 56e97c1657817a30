package io.evenkeel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancerClass;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The operator as a process against a real API server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorIT {
  private static final String PAUSE = "evenkeel.io/pause-until";
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

  private final OperatorLab lab = OperatorLab.open();

  @BeforeAll
  void start() {
    lab.apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: edge, namespace: default}
        spec:
          gatewayClassName: lab
          listeners: [{name: http, port: 80, protocol: HTTP}]
        """);
    lab.apply(CLASS.formatted("public"));
    service("blue", "10.97.0.1", "10.97.0.2");
    service("green", "10.97.0.3", "10.97.0.4");
    lab.startOperator();
  }

  @AfterAll
  void stop() {
    lab.close();
  }

  @Test
  void generatesARouteCorrectsItAndThenIsQuiet() {
    pool("quiet", "public", "quiet.example.com", "green");
    awaitWeights("quiet", 1, 1);
    lab.awaitStill();
    int before = lab.cursor();
    Instant begin = Instant.now();
    setWeight("quiet", 97);
    awaitWeights("quiet", 1, 1);
    long took = Duration.between(begin, Instant.now()).toMillis();
    System.out.printf("patched, corrected and seen after %d ms%n", took);
    lab.awaitStill();
    assertThat(lab.routeWrites(before, "quiet")).hasSize(1);
    int quiet = lab.cursor();
    await()
        .during(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(6))
        .untilAsserted(() -> assertThat(lab.writes(quiet)).isEmpty());
    assertThat(lab.condition("quiet", "Accepted")).isEqualTo("True Accepted");
    assertThat(lab.operator().metrics()).contains("evenkeel_corrections_total");
  }

  @Test
  void pauseAnnotationHoldsCorrectionsAndSuspendEveryWrite() {
    lab.apply(CLASS.formatted("held"));
    pool("held", "held", "held.example.com", "green");
    awaitWeights("held", 1, 1);
    lab.annotate("held", PAUSE, Instant.now().plusSeconds(3600).toString());
    await().untilAsserted(() -> assertThat(lab.condition("held", "Paused")).startsWith("True"));
    setWeight("held", 5);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(3))
        .untilAsserted(() -> assertThat(lab.weights("held")).containsExactly(5, 1));
    lab.suspend("held", true);
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> assertThat(lab.condition("held", "Accepted")).isEqualTo("True Accepted"));
    lab.annotate("held", PAUSE, null);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(3))
        .untilAsserted(() -> assertThat(lab.weights("held")).containsExactly(5, 1));
    lab.suspend("held", false);
    awaitWeights("held", 1, 1);
  }

  @Test
  void saysWhatIsMissing() {
    pool("no-class", "nobody", "a.example.com", "green");
    pool("no-host", "public", "shop.other.org", "green");
    pool("no-service", "public", "b.example.com", "absent");
    await()
        .untilAsserted(() -> {
          assertThat(lab.condition("no-class", "Accepted")).isEqualTo("False ClassNotFound");
          assertThat(lab.condition("no-host", "Accepted")).isEqualTo("False HostnameNotAllowed");
          assertThat(lab.condition("no-service", "ResolvedRefs"))
              .isEqualTo("False ServiceNotFound");
        });
  }

  @Test
  void aClassInUseStaysUntilItsLastPoolIsGone() {
    lab.apply(CLASS.formatted("leaving"));
    pool("leaving", "leaving", "leaving.example.com", "green");
    awaitWeights("leaving", 1, 1);
    lab.client().resources(BalancerClass.class).withName("leaving").delete();
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(3))
        .until(() -> lab.client().resources(BalancerClass.class).withName("leaving").get() != null);
    lab.pool("leaving").delete();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(lab.route("leaving").get()).isNull();
          assertThat(lab.client().resources(BalancerClass.class).withName("leaving").get())
              .isNull();
        });
  }

  private void service(String name, String... addresses) {
    lab.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: default}
        spec: {ports: [{name: http, port: 8080}]}
        """
            .formatted(name));
    lab.apply(
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
    lab.apply(
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

  private void awaitWeights(String name, Integer... expected) {
    await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(lab.weights(name)).containsExactly(expected));
  }

  private void setWeight(String name, int weight) {
    var unused =
        lab.route(name)
            .patch(
                PatchContext.of(PatchType.JSON),
                """
                [{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":%d}]
                """
                    .formatted(weight));
  }
}
