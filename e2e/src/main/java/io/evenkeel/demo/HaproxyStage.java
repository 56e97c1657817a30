package io.evenkeel.demo;

import io.evenkeel.lab.Backend;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Two HAProxy replicas before seven backends of limited capacity. Section {@code shop_web} has five
 * of them from its file and Evenkeel keeps their weights; section {@code shop_elastic} is empty in
 * the file and Evenkeel keeps its servers, too.
 */
final class HaproxyStage implements AutoCloseable {
  static final String WEB = "shop_web";
  static final String ELASTIC = "shop_elastic";

  /** How often the operator looks at each proxy: the shortest that a class accepts. */
  static final Duration INTERVAL = Duration.ofMillis(200);

  private static final int CAPACITY_PER_SECOND = 100;
  static final int REQUESTS_PER_SECOND = 200;
  private static final int FIRST_BACKEND = 11;

  private final List<Backend> backends;
  private final HaproxyFleet fleet;
  private final Shop shop;

  HaproxyStage(Sandbox sandbox, Binaries binaries, Shop shop) throws IOException {
    this.shop = shop;
    this.backends =
        IntStream.range(FIRST_BACKEND, FIRST_BACKEND + 7).mapToObj(HaproxyStage::backend).toList();
    this.fleet =
        HaproxyFleet.start(
            sandbox,
            binaries.get(Part.HAPROXY),
            2,
            List.of(
                new HaproxyFleet.Section(WEB, web()),
                new HaproxyFleet.Section(ELASTIC, List.of())));
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

  /** One that serves 100 requests a second at 10.97.0.{@code host}:8080, and is named so. */
  static Backend backend(int host) {
    String ip = Sandbox.address(host);
    return Backend.start(ip + ":8080", ip, 8080, Backend.Behaviour.capacity(CAPACITY_PER_SECOND));
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
            .mapToObj(i ->
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
    return backends.stream().limit(5).map(Backend::name).toList();
  }

  /** All addresses. */
  List<String> all() {
    return backends.stream().map(Backend::name).toList();
  }

  HaproxyFleet fleet() {
    return fleet;
  }

  /** A steady load on a section, through both replicas in turn. */
  LoadGenerator load(String section) {
    return LoadGenerator.start(
        LoadGenerator.Plan.of(
            fleet.entrances(section), section, REQUESTS_PER_SECOND, Duration.ofMinutes(2)));
  }

  @Override
  public void close() throws IOException {
    fleet.close();
    for (Backend backend : backends) {
      backend.close();
    }
  }
}
