package io.evenkeel.operator;

import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.Backend;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.Contour;
import io.evenkeel.lab.EnvoyProxy;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.Kubelet;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.lab.ServerFileController;
import io.evenkeel.wire.haproxy.MalformedAnswer;
import io.evenkeel.wire.haproxy.ServersState;
import io.evenkeel.wire.haproxy.ServersState.Server;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One pool of each sort, with real proxies and pods that real controllers make:
 *
 * <ul>
 *   <li>{@link #SHOP}: a route to {@link #BLUE} and {@link #GREEN}, by Contour and its Envoys
 *   <li>{@link #WEB}: two HAProxy replicas whose servers another controller keeps, with health
 *       checks, slow start, and the weights in their file that the pool asks for
 *   <li>{@link #ELASTIC}: two HAProxy replicas with no server in their file; Evenkeel adds them
 * </ul>
 */
final class Estate implements AutoCloseable {
  static final String SHOP = "shop";
  static final String WEB = "web";
  static final String ELASTIC = "elastic";
  static final List<String> POOLS = List.of(SHOP, WEB, ELASTIC);

  /** The Deployments and Services of the pool {@link #SHOP}. */
  static final String BLUE = "blue";

  static final String GREEN = "green";

  private static final String HOST = "shop.example.com";
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int HTTP = 80;
  private static final int WEB_HOST = 101;
  private static final int ELASTIC_HOST = 103;

  private final OperatorLab lab;
  private final Kubelet kubelet;
  private final ServerFileController serverFile;
  private final List<EnvoyProxy> envoys = new ArrayList<>();
  private final List<HaproxyReplica> web;
  private final List<HaproxyReplica> elastic;

  /**
   * How large it is.
   *
   * @param pods of each Deployment
   * @param pollMillis between two looks at a proxy
   * @param policy of all classes, in YAML's flow style without braces
   */
  record Size(
      int envoys, Map<String, Integer> pods, Kubelet.Pace pace, int pollMillis, String policy) {}

  Estate(OperatorLab lab, Size size, long seed) {
    this.lab = lab;
    ClusterUser user = lab.lab().user();
    kubelet = Kubelet.start(lab.client(), OperatorLab.NAMESPACE, size.pace(), seed);
    size.pods()
        .forEach((name, pods) -> {
          user.createService(OperatorLab.NAMESPACE, name, Kubelet.PORT);
          user.deploy(OperatorLab.NAMESPACE, name, pods);
        });
    web = List.of(haproxy(WEB, 1, WEB_HOST, true), haproxy(WEB, 2, WEB_HOST + 1, true));
    elastic =
        List.of(
            haproxy(ELASTIC, 1, ELASTIC_HOST, false), haproxy(ELASTIC, 2, ELASTIC_HOST + 1, false));
    Contour contour = lab.lab().contour();
    // Contour opens the listener with the first route, so there is one that is nobody's pool.
    user.createRoute(
        OperatorLab.NAMESPACE, "www", "www.example.com", Kubelet.PORT, Map.of(BLUE, 1));
    for (int i = 1; i <= size.envoys(); i++) {
      envoys.add(lab.lab().envoy(contour, i));
    }
    await()
        .atMost(LIMIT)
        .until(() ->
            size.pods().keySet().stream()
                .allMatch(name -> user.isRolledOut(OperatorLab.NAMESPACE, name)));
    serverFile = ServerFileController.start(kubelet, WEB, web, Duration.ofSeconds(1));
    await().atMost(LIMIT).until(() -> web.stream().allMatch(replica -> isEven(replica, WEB)));
    declare(size);
  }

  private HaproxyReplica haproxy(String pool, int number, int host, boolean checks) {
    HaproxyReplica.Spec spec =
        HaproxyReplica.Spec.of(
            pool + "-" + number,
            Sandbox.address(host),
            HTTP,
            OperatorLab.NAMESPACE + "_" + pool,
            List.of());
    return lab.lab().haproxy(checks ? spec.withChecks() : spec);
  }

  private void declare(Size size) {
    lab.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: %s}
        spec:
          provider: GatewayAPI
          gatewayAPI: {parentRefs: [{namespace: %s, name: %s}]}
          live: {fleets: [{name: edge, probe: Envoy, replicas: {addresses: %s}, interval: %dms, timeout: 2s}]}
          policy: {hostnames: [{pattern: "*.example.com"}], %s}
        """
            .formatted(
                SHOP,
                Contour.GATEWAY_NAMESPACE,
                Contour.GATEWAY,
                quoted(envoys.stream().map(e -> e.address() + ":" + EnvoyProxy.ADMIN_PORT)),
                size.pollMillis(),
                size.policy()));
    haproxyClass(WEB, "Proxy", web, size);
    haproxyClass(ELASTIC, "Evenkeel", elastic, size);
    declarePool(SHOP, "route: {hostnames: [" + HOST + "]}", BLUE, GREEN);
    declarePool(WEB, "", WEB);
    declarePool(ELASTIC, "", ELASTIC);
  }

  private void haproxyClass(
      String name, String membership, List<HaproxyReplica> replicas, Size size) {
    lab.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: %s}
        spec:
          provider: HAProxy
          haproxy: {backendName: "{namespace}_{pool}", membership: %s}
          live: {fleets: [{name: edge, probe: HAProxy, replicas: {addresses: %s}, interval: %dms, timeout: 2s}]}
          policy: {%s}
        """
            .formatted(
                name,
                membership,
                quoted(replicas.stream().map(r -> "unix:" + r.socket())),
                size.pollMillis(),
                size.policy()));
  }

  private static String quoted(java.util.stream.Stream<String> texts) {
    return texts.map(text -> '"' + text + '"').collect(Collectors.joining(", ", "[", "]"));
  }

  private void declarePool(String name, String route, String... services) {
    String backends =
        java.util.Arrays.stream(services)
            .map(s -> "{name: %1$s, service: {name: %1$s, port: %2$d}}".formatted(s, Kubelet.PORT))
            .collect(Collectors.joining(", ", "[", "]"));
    lab.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %1$s, namespace: %2$s}
        spec:
          balancerClassName: %1$s
          backends: %3$s
          %4$s
        """
            .formatted(name, OperatorLab.NAMESPACE, backends, route));
  }

  /** Until the operator vouches for every pool, and for the proxies of its class. */
  void awaitVerified() {
    for (String pool : POOLS) {
      await(pool).atMost(LIMIT).until(() -> lab.verified(pool) && lab.probesHealthy(pool));
    }
  }

  Kubelet kubelet() {
    return kubelet;
  }

  List<EnvoyProxy> envoys() {
    return envoys;
  }

  List<HaproxyReplica> web() {
    return web;
  }

  List<HaproxyReplica> elastic() {
    return elastic;
  }

  /** A steady load through all proxies of a pool. */
  LoadGenerator load(String pool, int perSecond, Duration duration) {
    List<InetSocketAddress> targets =
        switch (pool) {
          case SHOP -> envoys.stream().map(EnvoyProxy::frontend).toList();
          case WEB -> web.stream().map(HaproxyReplica::frontend).toList();
          default -> elastic.stream().map(HaproxyReplica::frontend).toList();
        };
    return lab.lab()
        .load(
            new LoadGenerator.Plan(targets, HOST, "/", perSecond, duration, Duration.ofSeconds(5)));
  }

  /** Whether a replica sends equally to the ready pods of a Service and to nobody else. */
  boolean isEven(HaproxyReplica replica, String service) {
    Map<String, Integer> weights = weights(replica);
    return weights
            .keySet()
            .equals(
                kubelet.ready(service).stream()
                    .map(pod -> pod.getStatus().getPodIP())
                    .collect(Collectors.toSet()))
        && weights.values().stream().distinct().count() == 1;
  }

  /** The configured weights, by IP address, of servers that nobody drained. */
  static Map<String, Integer> weights(HaproxyReplica replica) {
    return servers(replica).stream()
        .filter(s -> !s.maintenance() && !s.draining())
        .collect(Collectors.toMap(Server::address, Server::weight, Integer::sum, TreeMap::new));
  }

  /** As {@code show servers state} tells. */
  static List<Server> servers(HaproxyReplica replica) {
    try {
      return ServersState.parse(
              replica.run("show servers state " + replica.spec().backend()) + "\n")
          .orElseThrow();
    } catch (MalformedAnswer e) {
      throw new IllegalStateException(replica.spec().name(), e);
    }
  }

  /** What serves at a pod's address. */
  Backend backend(Pod pod) {
    return kubelet.backend(pod).orElseThrow();
  }

  @Override
  public void close() {
    serverFile.close();
    kubelet.close();
  }
}
