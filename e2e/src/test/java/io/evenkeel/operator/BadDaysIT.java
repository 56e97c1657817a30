package io.evenkeel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Bad input and bad days, on a real API server and real HAProxies: each gets a condition with a
 * sentence that says what to do, what worked before stays in place, and the pools beside it are
 * kept true all the while (that is asked after every test, with everything bad still there).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadDaysIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  /** How long a correction may take beside bad neighbours; alone it takes some milliseconds. */
  private static final Duration AS_USUAL = Duration.ofSeconds(2);

  private static final Duration A_WHILE = Duration.ofSeconds(2);
  private static final PatchContext TEAM =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("team")
          .withForce(true)
          .build();

  private final Binaries binaries = Binaries.open();
  private final Sandbox sandbox = Sandbox.open();
  private final List<HaproxyReplica> proxies = new ArrayList<>();
  private ControlPlane plane;
  private OperatorProcess operator;
  private Silence silence;

  /** Accepts connections and never says a word. */
  private static final class Silence implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket();
    private final List<Socket> held = new ArrayList<>();

    Silence(String address) throws IOException {
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 9_999));
      Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
      try {
        while (true) {
          held.add(listener.accept());
        }
      } catch (IOException closed) {
        // The end.
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @BeforeAll
  void start() throws IOException {
    plane = ControlPlane.start(sandbox, binaries);
    plane.applyCrds(binaries.get(Part.GATEWAY_API_CRDS), ourCrds());
    plane.createNamespace("evenkeel-system");
    silence = new Silence(Sandbox.address(99));
    gateway("edge");
    balancerClass("public", "edge", "");
    service("blue", "10.97.0.11", "10.97.0.12");
    service("green", "10.97.0.13", "10.97.0.14");
    for (int i = 1; i <= 2; i++) {
      proxies.add(
          HaproxyReplica.start(
              sandbox,
              binaries,
              HaproxyReplica.Spec.of(
                  "edge-" + i,
                  Sandbox.address(1 + i),
                  8_000,
                  "default_steady",
                  List.of(
                      new HaproxyReplica.Server("s1", "10.97.0.11", 8080, 10),
                      new HaproxyReplica.Server("s2", "10.97.0.12", 8080, 10)))));
    }
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: classic}
        spec:
          provider: HAProxy
          haproxy: {backendName: "{namespace}_{pool}"}
          live:
            fleets:
            - name: lb
              probe: HAProxy
              replicas: {addresses: ["unix:%s", "unix:%s", "%s:9999"]}
              interval: 200ms
              timeout: 500ms
              settle: 1s
          policy: {corrections: {perPool: {burst: 100, perMinute: 6000}}}
        """
            .formatted(proxies.get(0).socket(), proxies.get(1).socket(), Sandbox.address(99)));
    operator = OperatorProcess.start(sandbox, plane.kubeconfig());
    pool("beside", "public", "beside.example.com", "blue", "green");
    haproxyPool("steady", "blue");
    awaitWeights("beside", 1, 1);
    awaitCondition("steady", "Programmed", "True", "Programmed");
  }

  @AfterAll
  void stop() throws IOException {
    if (operator != null) {
      operator.close();
    }
    proxies.forEach(HaproxyReplica::close);
    silence.close();
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

  @AfterEach
  void theOthersAreCorrectedAsUsual() {
    setWeight("beside", 97);
    await()
        .atMost(AS_USUAL)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(weights("beside")).containsExactly(1, 1));
    HaproxyReplica first = proxies.getFirst();
    first.run("set weight default_steady/s1 77");
    await()
        .atMost(AS_USUAL)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () -> assertThat(weight(first, "s1")).isEqualTo(weight(first, "s2")).isNotEqualTo(77));
  }

  @Test
  void aClassThatIsGoneLeavesTheRouteAndLetsItsPoolsGo() {
    balancerClass("fleeting", "edge", "");
    pool("orphaned", "fleeting", "orphaned.example.com", "blue", "green");
    awaitWeights("orphaned", 1, 1);
    var gone = client().resources(BalancerClass.class).withName("fleeting");
    await()
        .atMost(SOON)
        .until(() -> !Optional.ofNullable(gone.get().getFinalizers()).orElse(List.of()).isEmpty());
    var unused = gone.delete();
    // By force, as somebody does who has no time to read why it stays.
    gone.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
    await().atMost(SOON).until(() -> gone.get() == null);
    touch("orphaned");
    awaitCondition("orphaned", "Accepted", "False", "ClassNotFound", "fleeting", "create it");
    String version = version("orphaned");
    staysSo(() -> assertThat(version("orphaned")).isEqualTo(version));
    delete("orphaned");
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(poolOf("orphaned").get()).isNull();
          assertThat(route("orphaned").get()).isNull();
        });
  }

  @Test
  void whatDoesNotExistOrCannotBeBalancedIsNamed() {
    pool("no-class", "nobody", "no-class.example.com", "blue", "green");
    pool("no-service", "public", "no-service.example.com", "absent", "green");
    service("by-name");
    apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: elsewhere, namespace: default}
        spec: {type: ExternalName, externalName: shop.example.org, ports: [{name: http, port: 8080}]}
        """);
    pool("external", "public", "external.example.com", "elsewhere", "green");
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: by-name-1, namespace: default, labels: {kubernetes.io/service-name: by-name}}
        addressType: FQDN
        ports: [{name: http, port: 8080}]
        endpoints: [{addresses: [one.example.org]}]
        """);
    pool("fqdn", "public", "fqdn.example.com", "by-name", "green");
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: no-port, namespace: default}
        spec:
          balancerClassName: public
          route: {hostnames: [no-port.example.com]}
          backends:
          - {name: first, service: {name: blue, port: 9090}}
          - {name: second, service: {name: green, port: 8080}}
        """);
    awaitCondition("no-class", "Accepted", "False", "ClassNotFound", "nobody", "create it");
    awaitCondition("no-class", "Ready", "False", "ClassNotFound");
    awaitCondition(
        "no-service", "ResolvedRefs", "False", "ServiceNotFound", "default/absent", "create it");
    awaitCondition(
        "no-port", "ResolvedRefs", "False", "PortNotFound", "no TCP port 9090", "use one of 8080");
    awaitCondition(
        "external", "ResolvedRefs", "False", "UnsupportedService", "ExternalName", "a selector");
    awaitCondition(
        "fqdn", "ResolvedRefs", "False", "UnsupportedService", "host name", "IP addresses");
    // The half that can serve does, instead of a share of errors.
    for (String half : List.of("no-service", "no-port", "external", "fqdn")) {
      awaitWeights(half, 0, 1);
    }
    assertThat(route("no-class").get()).isNull();
  }

  @Test
  void aServiceThatGoesAwayLeavesTheLastWeightsWhenItWasTheLast() {
    service("left", "10.97.0.31");
    service("right", "10.97.0.32");
    pool("emptied", "public", "emptied.example.com", "left", "right");
    awaitWeights("emptied", 1, 1);
    slice("left-1", "left", "");
    slice("right-1", "right", "");
    awaitCondition("emptied", "ResolvedRefs", "False", "NoReadyEndpoints", "2 backends", "stay");
    staysSo(() -> assertThat(weights("emptied")).containsExactly(1, 1));
    client().resources(EndpointSlice.class).inNamespace("default").withName("left-1").delete();
    client().resources(Service.class).inNamespace("default").withName("left").delete();
    client().resources(Service.class).inNamespace("default").withName("right").delete();
    awaitCondition("emptied", "ResolvedRefs", "False", "ServiceNotFound", "default/left");
    staysSo(() -> assertThat(weights("emptied")).containsExactly(1, 1));
    service("left", "10.97.0.31");
    service("right", "10.97.0.32", "10.97.0.33");
    awaitWeights("emptied", 1, 2);
  }

  @Test
  void onlyReadyEndpointsCountAndEachOnce() {
    service("mixed");
    slice(
        "mixed-1",
        "mixed",
        """
        {addresses: [10.97.0.41], conditions: {ready: true}},
        {addresses: [10.97.0.42], conditions: {ready: false}},
        {addresses: [10.97.0.43], conditions: {ready: false, serving: true, terminating: true}},
        {addresses: [10.97.0.44]}\
        """);
    slice("mixed-2", "mixed", "{addresses: [10.97.0.41], conditions: {ready: true}}");
    pool("counted", "public", "counted.example.com", "mixed", "green");
    awaitWeights("counted", 1, 1);
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(status("counted").orElseThrow().backends().getFirst().readyEndpoints())
                .isEqualTo(2));
    slice("mixed-1", "mixed", "{addresses: [10.97.0.41], conditions: {ready: false}}");
    // Of a duplicate that contradicts itself the better half counts, as for kube-proxy.
    awaitWeights("counted", 1, 2);
  }

  @Test
  void aGatewayThatIsMissingIsNamedAndWhatWasWrittenStays() {
    balancerClass("nowhere", "absent", "");
    pool("no-gateway", "nowhere", "no-gateway.example.com", "blue", "green");
    awaitCondition("no-gateway", "ResolvedRefs", "False", "GatewayNotFound", "absent", "create it");
    assertThat(route("no-gateway").get()).isNull();
    gateway("side");
    balancerClass("sided", "side", "");
    pool("sided", "sided", "sided.example.com", "blue", "green");
    awaitWeights("sided", 1, 1);
    String version = version("sided");
    client().resources(Gateway.class).inNamespace("default").withName("side").delete();
    awaitCondition("sided", "ResolvedRefs", "False", "GatewayNotFound", "side");
    staysSo(() -> assertThat(version("sided")).isEqualTo(version));
    gateway("side");
    awaitCondition("sided", "ResolvedRefs", "True", "ResolvedRefs");
  }

  @Test
  void aRouteOfSomebodyElseIsNotTouched() {
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: foreign, namespace: default}
        spec:
          parentRefs: [{name: edge}]
          hostnames: [foreign.example.com]
          rules: [{backendRefs: [{name: blue, port: 8080, weight: 9}]}]
        """);
    String version = version("foreign");
    pool("foreign", "public", "foreign.example.com", "blue", "green");
    awaitCondition(
        "foreign",
        "Accepted",
        "False",
        "RouteOwnedByOther",
        "written by team",
        "adopt it with spec.targetRefs");
    staysSo(() -> assertThat(version("foreign")).isEqualTo(version));
    delete("foreign");
    await().atMost(SOON).until(() -> poolOf("foreign").get() == null);
    assertThat(version("foreign")).isEqualTo(version);
  }

  @Test
  void aHostThatTheClassDoesNotGiveLeavesTheRouteAsItWas() {
    pool("greedy", "public", "greedy.example.com", "blue", "green");
    awaitWeights("greedy", 1, 1);
    String version = version("greedy");
    pool("greedy", "public", "bank.example.org", "blue", "green");
    awaitCondition(
        "greedy",
        "Accepted",
        "False",
        "HostnameNotAllowed",
        "bank.example.org",
        "use one of *.example.com");
    staysSo(() -> assertThat(version("greedy")).isEqualTo(version));
    // Who may not have a host keeps nobody from having it.
    balancerClass("bank", "edge", ", {pattern: bank.example.org}");
    pool("bank", "bank", "bank.example.org", "blue", "green");
    awaitWeights("bank", 1, 1);
  }

  @Test
  void aHostStaysWithThePoolThatHasIt() {
    pool("a-late", "public", "a-late.example.com", "blue", "green");
    awaitWeights("a-late", 1, 1);
    pool("holder", "public", "held.example.com", "blue", "green");
    awaitWeights("holder", 1, 1);
    // Its pool is older, and its name goes first, but the other one's route carries the host.
    pool("a-late", "public", "held.example.com", "blue", "green");
    awaitCondition(
        "a-late", "Accepted", "False", "HostnameTaken", "held.example.com/", "default/holder");
    var unused = route("holder").delete();
    awaitWeights("holder", 1, 1);
    staysSo(() -> assertThat(hosts("a-late")).containsExactly("a-late.example.com"));
    operator.kill();
    // Without waiting for the lease of the one that was killed: it must work while this is looked
    // at.
    operator = OperatorProcess.start(sandbox, plane.kubeconfig(), "--leader-election=false");
    staysSo(() -> assertThat(hosts("a-late")).containsExactly("a-late.example.com"));
    delete("holder");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(hosts("a-late")).containsExactly("held.example.com"));
    awaitCondition("a-late", "Accepted", "True", "Accepted");
  }

  @Test
  void aPauseThatCannotBeReadIsTold() {
    pool("sleepy", "public", "sleepy.example.com", "blue", "green");
    awaitWeights("sleepy", 1, 1);
    annotate("sleepy", "\"tomorrow\"");
    awaitCondition(
        "sleepy", "Paused", "False", "PauseInvalid", "\"tomorrow\" is not a time", "RFC 3339");
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(client().resources(Event.class).inNamespace("default").list().getItems())
                .anyMatch(
                    e -> "PauseInvalid".equals(e.getReason()) && "Warning".equals(e.getType())));
    setWeight("sleepy", 50);
    awaitWeights("sleepy", 1, 1);
    annotate("sleepy", "null");
    await().atMost(SOON).untilAsserted(() -> assertThat(condition("sleepy", "Paused")).isEmpty());
  }

  @Test
  void aBackendThatNoHaproxyHasIsNamed() {
    haproxyPool("nosuch", "green");
    awaitCondition(
        "nosuch",
        "Programmed",
        "False",
        "BackendNotFound",
        "no backend \"default_nosuch\"",
        "add the section to haproxy.cfg and reload");
    awaitCondition("nosuch", "Ready", "False", "BackendNotFound");
  }

  @Test
  void endpointsThatMustNotBeWrittenIntoAProxyAreNamed() {
    // As an API server does, here where none keeps its own.
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
        addressType: IPv4
        ports: [{name: https, port: 6443}]
        endpoints: [{addresses: [10.97.0.1]}]
        """);
    service("odd");
    slice(
        "odd-1",
        "odd",
        "{addresses: [168.63.129.16], targetRef: {kind: Pod, name: odd-1, namespace: default}},"
            + " {addresses: [10.97.0.1], targetRef: {kind: Pod, name: odd-2, namespace: default}},"
            + " {addresses: [10.97.0.51], targetRef: {kind: Pod, name: odd-3, namespace: other}},"
            + " {addresses: [10.97.0.52]}");
    haproxyPool("odd", "odd");
    awaitCondition(
        "odd",
        "ResolvedRefs",
        "False",
        "EndpointRefused",
        "168.63.129.16:8080",
        "a cloud's metadata address",
        "10.97.0.1:8080",
        "an address of the control plane",
        "10.97.0.51:8080, 10.97.0.52:8080",
        "policy.allowCustomEndpoints");
  }

  @Test
  void aProxyThatNeverAnswersIsUnknownAndHoldsNobodyUp() {
    awaitCondition(
        "steady", "LiveVerified", "Unknown", "NotAllRead", "2 of 3", Sandbox.address(99) + ":9999");
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          BalancerClass found = client().resources(BalancerClass.class).withName("classic").get();
          assertThat(found.getStatus().conditions())
              .anySatisfy(c -> {
                assertThat(c.reason()).isEqualTo("ProbesFailing");
                assertThat(c.message()).contains("2 of 3", Sandbox.address(99) + ":9999");
              });
        });
    assertThat(status("steady").orElseThrow().live()).isEqualTo("2/3");
  }

  @Test
  void anEnvoyThatNeverAnswersIsUnknownWithItsReason() {
    balancerClass(
        "deaf",
        "edge",
        "",
        """
          live:
            fleets:
            - name: edge
              probe: Envoy
              replicas: {addresses: ["%s:9999"]}
              interval: 200ms
              timeout: 500ms
              settle: 1s
        """
            .formatted(Sandbox.address(99)));
    pool("deaf", "deaf", "deaf.example.com", "blue", "green");
    awaitWeights("deaf", 1, 1);
    accept("deaf");
    awaitCondition("deaf", "Programmed", "True", "Programmed");
    awaitCondition(
        "deaf",
        "LiveVerified",
        "Unknown",
        "TooFewReadings",
        "0 of 1",
        Sandbox.address(99) + ":9999");
    awaitCondition("deaf", "Ready", "True", "Ready");
    setWeight("deaf", 60);
    await().atMost(AS_USUAL).untilAsserted(() -> assertThat(weights("deaf")).containsExactly(1, 1));
  }

  // What the tests are written with.

  private KubernetesClient client() {
    return plane.client();
  }

  private void apply(String yaml) {
    client().resource(Serialization.unmarshal(yaml, GenericKubernetesResource.class)).patch(TEAM);
  }

  private void gateway(String name) {
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: %s, namespace: default}
        spec:
          gatewayClassName: lab
          listeners: [{name: http, port: 80, protocol: HTTP}]
        """
            .formatted(name));
  }

  private void balancerClass(String name, String gateway, String morePatterns, String... live) {
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: %s}
        spec:
          provider: GatewayAPI
          gatewayAPI: {parentRefs: [{name: %s, namespace: default}]}
          policy:
            hostnames: [{pattern: "*.example.com"}%s]
            corrections: {perPool: {burst: 100, perMinute: 6000}}
        """
                .formatted(name, gateway, morePatterns)
            + String.join("", live));
  }

  /** With a slice of ready endpoints, unless there are none. */
  private void service(String name, String... addresses) {
    apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: default}
        spec: {ports: [{name: http, port: 8080}]}
        """
            .formatted(name));
    if (addresses.length > 0) {
      slice(
          name + "-1",
          name,
          String.join(
              ", ",
              Stream.of(addresses)
                  .map(a ->
                      "{addresses: [%s], targetRef: {kind: Pod, name: %s-%s, namespace: default}}"
                          .formatted(a, name, a))
                  .toList()));
    }
  }

  private void slice(String name, String service, String endpoints) {
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: %s
          namespace: default
          labels:
            kubernetes.io/service-name: %s
            endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
        addressType: IPv4
        ports: [{name: http, port: 8080, protocol: TCP}]
        endpoints: [%s]
        """
            .formatted(name, service, endpoints.replace("\n", " ")));
  }

  private void pool(String name, String className, String host, String first, String second) {
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %s, namespace: default}
        spec:
          balancerClassName: %s
          route: {hostnames: [%s]}
          backends:
          - {name: first, service: {name: %s, port: 8080}}
          - {name: second, service: {name: %s, port: 8080}}
        """
            .formatted(name, className, host, first, second));
  }

  private void haproxyPool(String name, String service) {
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: %s, namespace: default}
        spec:
          balancerClassName: classic
          backends: [{name: all, service: {name: %s, port: 8080}}]
        """
            .formatted(name, service));
  }

  private Resource<BalancedBackendPool> poolOf(String name) {
    return client().resources(BalancedBackendPool.class).inNamespace("default").withName(name);
  }

  private void delete(String pool) {
    var unused = poolOf(pool).delete();
  }

  private void annotate(String pool, String until) {
    var unused =
        poolOf(pool)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"metadata\":{\"annotations\":{\"evenkeel.io/pause-until\":" + until + "}}}");
  }

  /** Makes the operator look at once. */
  private void touch(String pool) {
    var unused =
        poolOf(pool)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"metadata\":{\"annotations\":{\"example.com/touched\":\"now\"}}}");
  }

  private Resource<HTTPRoute> route(String name) {
    return client().resources(HTTPRoute.class).inNamespace("default").withName(name);
  }

  private String version(String route) {
    return route(route).get().getMetadata().getResourceVersion();
  }

  private List<String> hosts(String route) {
    return route(route).get().getSpec().getHostnames();
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
    await().atMost(SOON).untilAsserted(() -> assertThat(weights(name)).containsExactly(expected));
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

  /** As the Gateway's controller does. */
  private void accept(String name) {
    HTTPRoute route = route(name).get();
    String condition =
        """
        {"type":"%s","status":"True","reason":"%s","message":"","observedGeneration":99,
         "lastTransitionTime":"2026-01-01T00:00:00Z"}
        """;
    var unused =
        client()
            .resource(route)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                """
                {"status":{"parents":[{"controllerName":"example.com/lab",
                 "parentRef":{"name":"edge","namespace":"default"},"conditions":[%s,%s]}]}}
                """
                    .formatted(
                        condition.formatted("Accepted", "Accepted"),
                        condition.formatted("ResolvedRefs", "ResolvedRefs"))
                    .replace("99", String.valueOf(route.getMetadata().getGeneration())));
  }

  private static int weight(HaproxyReplica proxy, String server) {
    String said = proxy.run("get weight default_steady/" + server);
    return Integer.parseInt(said.substring(0, said.indexOf(' ')));
  }

  private Optional<BalancedBackendPoolStatus> status(String pool) {
    return Optional.ofNullable(poolOf(pool).get()).map(BalancedBackendPool::getStatus);
  }

  private Optional<Condition> condition(String pool, String type) {
    return status(pool).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(c -> c.type().equals(type))
        .findFirst();
  }

  private void awaitCondition(
      String pool, String type, String status, String reason, String... words) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(condition(pool, type).map(c -> c.status() + " " + c.reason()))
              .as("%s of %s: %s", type, pool, condition(pool, type))
              .contains(status + " " + reason);
          assertThat(List.of(words))
              .allSatisfy(
                  word -> assertThat(condition(pool, type).orElseThrow().message()).contains(word));
        });
  }

  private static void staysSo(org.awaitility.core.ThrowingRunnable so) {
    await().during(A_WHILE).atMost(A_WHILE.plusSeconds(1)).untilAsserted(so);
  }
}
