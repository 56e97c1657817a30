package io.evenkeel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An HTTPRoute's weights decide where requests through real Envoys go. */
class ContourEnvoyIT {
  private final List<AutoCloseable> open = new ArrayList<>();
  private ControlPlane plane;
  private ClusterUser user;
  private EnvoyProxy first;
  private EnvoyProxy second;

  @BeforeEach
  void start() {
    Binaries binaries = keep(Binaries.open());
    Sandbox sandbox = keep(Sandbox.open());
    Instant begin = Instant.now();
    plane =
        keep(
            ControlPlane.start(
                sandbox, binaries, ControlPlane.Options.standard().withControllers()));
    report("control plane", begin);
    begin = Instant.now();
    Contour contour = keep(Contour.start(sandbox, binaries, plane));
    report("contour", begin);
    user = new ClusterUser(plane.client());
    plane.createNamespace("shop");
    for (int i = 1; i <= 5; i++) {
      String service = i <= 3 ? "blue" : "green";
      String address = Sandbox.address(10 + i);
      keep(Backend.start(service + i, address, 8080, Backend.Behaviour.unlimited()));
      user.createService("shop", service, 8080);
      user.createPod("shop", service, service + i, address);
    }
    user.createRoute("shop", "shop", "shop.test", 8080, Map.of("blue", 3, "green", 2));
    begin = Instant.now();
    first = keep(EnvoyProxy.start(sandbox, binaries, contour, 1));
    second = keep(EnvoyProxy.start(sandbox, binaries, contour, 2));
    report("two envoys", begin);
  }

  private static void report(String what, Instant begin) {
    System.out.printf(
        "%s ready after %d ms%n", what, Duration.between(begin, Instant.now()).toMillis());
  }

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

  private Map<String, Double> shares(InetSocketAddress target, int perSecond, Duration duration)
      throws InterruptedException {
    var plan = LoadGenerator.Plan.of(List.of(target), "shop.test", perSecond, duration);
    try (LoadGenerator load = LoadGenerator.start(plan)) {
      LoadReport report = load.await();
      return report.failed() > 0 ? Map.of() : report.sharesBetween(Instant.MIN, Instant.MAX);
    }
  }

  @Test
  void routeWeightsReachEveryReplica() throws Exception {
    for (EnvoyProxy envoy : List.of(first, second)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> shares(envoy.frontend(), 50, Duration.ofMillis(400)).size() == 5);
      assertThat(shares(envoy.frontend(), 200, Duration.ofSeconds(5)))
          .hasSize(5)
          .allSatisfy((_, share) -> assertThat(share).isCloseTo(0.2, within(0.06)));
      assertThat(envoy.adminGet("/clusters?format=json"))
          .contains("10.97.0.11", "10.97.0.15", "rq_total");
    }

    new Saboteur(plane.client()).bendRoute("shop", "shop", Map.of("green", 0));
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(shares(first.frontend(), 100, Duration.ofMillis(300)))
                .containsOnlyKeys("blue1", "blue2", "blue3"));

    user.setReady("shop", "blue1", false);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(shares(second.frontend(), 100, Duration.ofMillis(300)))
                .containsOnlyKeys("blue2", "blue3"));
  }
}
