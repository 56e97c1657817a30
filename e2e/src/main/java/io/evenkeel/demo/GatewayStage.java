package io.evenkeel.demo;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.lab.Backend;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.Contour;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.EnvoyProxy;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.Saboteur;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.probe.Probe;
import io.evenkeel.probe.envoy.EnvoyProbe;
import io.evenkeel.wire.Limits;
import io.evenkeel.wire.TcpDialer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A Gateway that Contour carries out with one Envoy, before two Services of two backends each. */
final class GatewayStage implements AutoCloseable {
  static final String POOL = "checkout";

  private static final String HOST = "checkout.example.com";
  private static final int FIRST_BACKEND = 31;
  private static final int PER_SERVICE = 2;
  private static final LiveTarget.HttpRoute ROUTE =
      LiveTarget.HttpRoute.of(
          HOST, new LiveTarget.PathMatch(LiveTarget.PathMatch.Kind.PREFIX, "/"));

  private final List<Backend> backends = new ArrayList<>();
  private final Contour contour;
  private final EnvoyProxy envoy;
  private final Probe.Session session;
  private final Saboteur saboteur;
  private final KubernetesClient client;

  GatewayStage(Sandbox sandbox, ControlPlane plane, Binaries binaries, Shop shop) {
    for (int i = 0; i < 2 * PER_SERVICE; i++) {
      backends.add(HaproxyStage.backend(FIRST_BACKEND + i));
    }
    this.client = plane.client();
    this.saboteur = new Saboteur(client);
    this.contour = Contour.start(sandbox, binaries, plane);
    shop.service("blue", all().subList(0, PER_SERVICE));
    shop.service("green", all().subList(PER_SERVICE, 2 * PER_SERVICE));
    // Contour opens the listener with the first route, so there is one that is nobody's pool.
    new ClusterUser(plane.client())
        .createRoute(Shop.NAMESPACE, "www", "www.example.com", 8080, Map.of("blue", 1));
    this.envoy = EnvoyProxy.start(sandbox, binaries, contour, 1);
    this.session =
        new EnvoyProbe(InstantSource.system())
            .open(
                new TcpDialer(
                    new Address(envoy.address(), EnvoyProxy.ADMIN_PORT),
                    new Limits(Duration.ofSeconds(5), 64 << 20)));
    shop.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: public}
        spec:
          provider: GatewayAPI
          gatewayAPI: {parentRefs: [{namespace: %s, name: %s}]}
          live:
            fleets:
            - name: envoy
              probe: Envoy
              replicas: {addresses: ["%s:%d"]}
              interval: 500ms
              timeout: 2s
              settle: 5s
          policy: {hostnames: [{pattern: "*.example.com"}]}
        """
            .formatted(
                Contour.GATEWAY_NAMESPACE,
                Contour.GATEWAY,
                envoy.address(),
                EnvoyProxy.ADMIN_PORT));
    shop.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %s, namespace: shop}
        spec:
          balancerClassName: public
          route: {hostnames: [%s]}
          backends:
          - {name: blue, service: {name: blue, port: 8080}}
          - {name: green, service: {name: green, port: 8080}}
        """
            .formatted(POOL, HOST));
  }

  List<String> all() {
    return backends.stream().map(Backend::name).toList();
  }

  /** What Envoy does with the pool's host now. */
  Proxies proxies() {
    return () -> new TreeMap<>(Map.of("envoy-1", read()));
  }

  private Map<String, Double> read() {
    Map<String, Double> shares = new TreeMap<>();
    try {
      Reading<LiveView> reading = session.read(Set.of(ROUTE)).get(ROUTE);
      if (reading instanceof Reading.Unknown<LiveView> unknown
          && unknown.reason().equals("RouteMissing")) {
        return Map.of(Shares.NOBODY, 1.0);
      }
      if (reading instanceof Reading.Known<LiveView> known) {
        known
            .value()
            .configured()
            .shares()
            .forEach((address, share) -> shares.put(address.toString(), share.toDouble()));
        shares.values().removeIf(share -> share == 0);
      }
    } catch (IOException unreadable) {
      return Map.of();
    }
    return shares;
  }

  LoadGenerator load() {
    return LoadGenerator.start(
        LoadGenerator.Plan.of(
            List.of(envoy.frontend()),
            HOST,
            HaproxyStage.REQUESTS_PER_SECOND,
            Duration.ofMinutes(2)));
  }

  /** Begin it before a disturbance of the route. */
  RouteWatch watchRoute() {
    return new RouteWatch(client, Shop.NAMESPACE, POOL);
  }

  Saboteur saboteur() {
    return saboteur;
  }

  @Override
  public void close() throws IOException {
    envoy.close();
    contour.close();
    for (Backend backend : backends) {
      backend.close();
    }
    session.close();
  }
}
