package io.evenkeel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests through a real HAProxy reach real backends, as its weights say. */
class HaproxyReplicaIT {
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Backend> backends = new ArrayList<>();
  private HaproxyReplica haproxy;

  @BeforeEach
  void start() {
    Binaries binaries = keep(Binaries.open());
    Sandbox sandbox = keep(Sandbox.open());
    for (int i = 1; i <= 4; i++) {
      backends.add(
          keep(
              Backend.start(
                  "s" + i, Sandbox.address(10 + i), 8080, Backend.Behaviour.capacity(100))));
    }
    List<HaproxyReplica.Server> servers =
        backends.stream()
            .map(b -> new HaproxyReplica.Server(b.name(), b.address(), b.port(), 10))
            .toList();
    haproxy =
        keep(
            HaproxyReplica.start(
                sandbox,
                binaries,
                HaproxyReplica.Spec.of("edge-1", Sandbox.address(100), 80, "shop", servers)
                    .withEmptySlots(2)));
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

  private LoadReport load(int perSecond, Duration duration) throws InterruptedException {
    var plan = LoadGenerator.Plan.of(List.of(haproxy.frontend()), "shop.test", perSecond, duration);
    try (LoadGenerator load = LoadGenerator.start(plan)) {
      return load.await();
    }
  }

  @Test
  void spreadsEvenlyAndLosesNothing() throws Exception {
    LoadReport report = load(200, Duration.ofSeconds(2));

    assertThat(report.total()).isEqualTo(400);
    assertThat(report.failed()).as(report.toString()).isZero();
    assertThat(report.sharesBetween(Instant.MIN, Instant.MAX))
        .containsOnlyKeys("s1", "s2", "s3", "s4")
        .allSatisfy((_, share) -> assertThat(share).isCloseTo(0.25, within(0.01)));
  }

  @Test
  void bentWeightsOverloadOneBackend() throws Exception {
    assertThat(haproxy.run("set server shop/s1 weight 250")).isEmpty();

    // 300 requests a second, of which one backend gets 9 in 10, and can do 100.
    LoadReport report = load(300, Duration.ofSeconds(3));

    assertThat(report.sharesBetween(Instant.MIN, Instant.MAX).get("s1"))
        .isCloseTo(250 / 280.0, within(0.03));
    assertThat(report.failed()).as(report.toString()).isGreaterThan(200);
    assertThat(backends.getFirst().rejected()).isPositive();
  }

  @Test
  void reloadForgetsWhatWasSetAtRuntimeAndLosesNothing() throws Exception {
    haproxy.run("set server shop/s1 weight 1");
    var plan =
        LoadGenerator.Plan.of(
            List.of(haproxy.frontend()), "shop.test", 100, Duration.ofSeconds(30));
    try (LoadGenerator load = LoadGenerator.start(plan)) {
      haproxy.reload();
      assertThat(load.stop().failed()).as(load.report().toString()).isZero();
    }
    assertThat(weightOf("s1")).isEqualTo("10");
  }

  @Test
  void killedAndStartedAgainItServes() throws Exception {
    haproxy.kill();
    assertThat(load(50, Duration.ofMillis(200)).failed()).isEqualTo(10);
    haproxy.start();
    assertThat(load(50, Duration.ofMillis(200)).failed()).isZero();
  }

  private String weightOf(String server) {
    return haproxy.run("get weight shop/" + server).split(" ", -1)[0];
  }
}
