package io.evenkeel.demo;

import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.lab.traffic.Backend;
import io.evenkeel.lab.traffic.Load;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Two HAProxy replicas before seven backends of limited capacity. Section {@code shop_web} has five of them from its file and
 * Evenkeel keeps their weights; section {@code shop_elastic} is empty in the file and Evenkeel keeps its servers, too.
 */
final class HaproxyStage implements AutoCloseable {
  static final String WEB = "shop_web";
  static final String ELASTIC = "shop_elastic";

  /** How often the operator looks at each proxy: the shortest that a class accepts. */
  static final Duration INTERVAL = Duration.ofMillis(200);

  private static final int CAPACITY_PER_SECOND = 100;
  private static final int REQUESTS_PER_SECOND = 200;
  private static final int FIRST_BACKEND = 11;

  private final Sandbox sandbox;
  private final ControlPlane plane;
  private final Screen screen;
  private final List<Backend> backends;
  private final HaproxyFleet fleet;
  private final Shop shop;
  private @Nullable OperatorProcess operator;

  HaproxyStage(Sandbox sandbox, ControlPlane plane, Binaries binaries, Screen screen)
      throws IOException {
    this.sandbox = sandbox;
    this.plane = plane;
    this.screen = screen;
    this.backends = backends(7);
    this.fleet =
        HaproxyFleet.start(
            sandbox,
            binaries.get(Part.HAPROXY),
            2,
            List.of(
                new HaproxyFleet.Section(WEB, web()),
                new HaproxyFleet.Section(ELASTIC, List.of())));
    this.shop = new Shop(plane.client());
    for (int i = 0; i < 5; i++) {
      shop.service(service(i), List.of(web().get(i)));
    }
    shop.service("elastic", web());
    shop.apply(balancerClass("edge", "Proxy"));
    shop.apply(balancerClass("edge-elastic", "Evenkeel"));
    webPool(1);
    shop.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: elastic, namespace: shop}
        spec:
          balancerClassName: edge-elastic
          backends: [{name: all, service: {name: elastic, port: 8080}}]
        """);
  }

  private static List<Backend> backends(int count) throws IOException {
    List<Backend> backends = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String ip = Sandbox.address(FIRST_BACKEND + i);
      backends.add(Backend.start(ip + ":8080", ip, 8080, CAPACITY_PER_SECOND));
    }
    return backends;
  }

  private static String service(int i) {
    return "web-" + (char) ('a' + i);
  }

  private String balancerClass(String name, String membership) {
    return """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: %s}
        spec:
          provider: HAProxy
          haproxy: {backendName: "{namespace}_{pool}", membership: %s}
          live:
            fleets:
            - name: edge
              probe: HAProxy
              replicas: {addresses: %s}
              interval: %dms
              timeout: 1s
              settle: 5s
        """
        .formatted(
            name,
            membership,
            fleet.addresses().stream().map(a -> '"' + a + '"').toList(),
            INTERVAL.toMillis());
  }

  /** Declares the web pool; its first backend has this capacity, the others have 1. */
  void webPool(int firstCapacity) {
    List<String> list =
        IntStream.range(0, 5)
            .mapToObj(
                i ->
                    "{name: %s, service: {name: %s, port: 8080}, capacity: %d}"
                        .formatted((char) ('a' + i), service(i), i == 0 ? firstCapacity : 1))
            .toList();
    shop.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: web, namespace: shop}
        spec: {balancerClassName: edge, backends: %s}
        """
            .formatted(list));
  }

  /** The addresses behind the section {@link #WEB}. */
  List<String> web() {
    return backends.stream().limit(5).map(Backend::address).toList();
  }

  /** All addresses. */
  List<String> all() {
    return backends.stream().map(Backend::address).toList();
  }

  HaproxyFleet fleet() {
    return fleet;
  }

  Shop shop() {
    return shop;
  }

  Screen screen() {
    return screen;
  }

  /** A steady load on a section, through both replicas in turn. */
  Load load(String section) {
    return Load.start(
        fleet.entrances(section), section, REQUESTS_PER_SECOND, Duration.ofMinutes(5));
  }

  /** From here on the operator runs, and has verified the pool. */
  void withOperator(String pool) {
    if (operator == null) {
      screen.say("starting the operator …");
      long begun = System.nanoTime();
      operator = OperatorProcess.start(sandbox, plane);
      screen.say("the operator is ready after %d ms".formatted((System.nanoTime() - begun) / 1_000_000));
    }
    if (!shop.await(pool, Duration.ofSeconds(30), Shop::verified)) {
      throw new LabException(
          "not verified after 30 s: " + shop.complaint(pool) + "\noperator:\n" + operator.tail());
    }
  }

  /** From here on nobody watches. */
  void withoutOperator() {
    if (operator != null) {
      operator.close();
      operator = null;
    }
  }

  /** What the operator has to say for itself. */
  void complain() {
    screen.say(shop.complaint("web"));
    screen.say(shop.complaint("elastic"));
    if (operator != null) {
      screen.say("the operator's log ends with:\n" + operator.tail());
    }
  }

  @Override
  public void close() throws IOException {
    withoutOperator();
    fleet.close();
    for (Backend backend : backends) {
      backend.close();
    }
  }
}
