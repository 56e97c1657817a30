package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class EndpointsTest {
  private static final BalancedBackendPoolSpec.Backend BLUE =
      Serialization.unmarshal(
          "---\n{name: blue, service: {name: web, port: 80}}",
          BalancedBackendPoolSpec.Backend.class);
  private static final String PLAIN = "{ports: [{name: http, port: 80}]}";
  private static final String PORTS = "[{name: http, port: 8080}]";
  private static final Endpoints.Written STRICT = new Endpoints.Written(false, Set.of("10.9.9.9"));
  private static final Endpoints.Written CUSTOM = new Endpoints.Written(true, Set.of("10.9.9.9"));

  private static Service service(String spec) {
    return Serialization.unmarshal(
        "---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: %s}"
            .formatted(spec),
        Service.class);
  }

  private static EndpointSlice slice(String type, String ports, String endpoints) {
    return slice("endpointslice-controller.k8s.io", type, ports, endpoints);
  }

  private static EndpointSlice slice(String by, String type, String ports, String endpoints) {
    return Serialization.unmarshal(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          namespace: shop
          labels: {endpointslice.kubernetes.io/managed-by: %s}
        addressType: %s
        ports: %s
        endpoints: %s
        """
            .formatted(by, type, ports, endpoints),
        EndpointSlice.class);
  }

  private static String pod(String uid, String address) {
    return "{addresses: [\"%s\"], targetRef: {kind: Pod, name: %s, namespace: shop, uid: %s}}"
        .formatted(address, uid, uid);
  }

  private static Backend.Resolved resolved(String spec, EndpointSlice... slices) {
    return (Backend.Resolved)
        Endpoints.resolve(
            BLUE, "shop", Optional.of(service(spec)), List.of(slices), Optional.empty());
  }

  private static Backend.Resolved written(Endpoints.Written rules, EndpointSlice... slices) {
    return (Backend.Resolved)
        Endpoints.resolve(
            BLUE, "shop", Optional.of(service(PLAIN)), List.of(slices), Optional.of(rules));
  }

  private static List<String> ready(Backend backend) {
    return backend.readyEndpoints().stream().map(e -> e.primary().toString()).toList();
  }

  static Stream<Arguments> unusable() {
    return Stream.of(
        arguments(null, List.of(), "ServiceNotFound", "Service shop/web does not exist"),
        arguments(
            "{type: ExternalName, externalName: a.example.org}",
            List.of(),
            "UnsupportedService",
            "name a Service with a selector"),
        arguments("{ports: [{port: 81}, {port: 82}]}", List.of(), "PortNotFound", "one of 81, 82"),
        arguments(
            "{ports: [{port: 80, protocol: UDP}]}", List.of(), "PortNotFound", "no TCP port 80"),
        arguments(
            PLAIN,
            List.of(slice("FQDN", PORTS, "[{addresses: [a.example.org]}]")),
            "UnsupportedService",
            "endpoints need IP addresses"));
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void whatCannotBeUsedSaysWhatToWriteInstead(
      String spec, List<EndpointSlice> slices, String reason, String words) {
    Backend backend =
        Endpoints.resolve(
            BLUE,
            "shop",
            Optional.ofNullable(spec).map(EndpointsTest::service),
            slices,
            Optional.empty());
    assertThat(backend).isInstanceOf(Backend.Unresolved.class);
    assertThat(((Backend.Unresolved) backend).reason()).isEqualTo(reason);
    assertThat(((Backend.Unresolved) backend).message()).contains(words);
  }

  @ParameterizedTest
  @CsvSource({
    // conditions of the slice      publishNotReady  ready  terminating
    "'{}',                                           false, true,  false",
    "'{ready: true}',                                false, true,  false",
    "'{ready: false}',                               false, false, false",
    "'{ready: false}',                               true,  true,  false",
    "'{serving: true, terminating: true}',           false, true,  true",
    "'{ready: false, serving: true, terminating: true}', false, false, true",
    // Whoever publishes addresses that are not ready wants the terminating ones too.
    "'{ready: false, terminating: true}',            true,  true,  false",
  })
  void readyIsWhatTheSliceDoesNotDeny(
      String conditions, boolean publish, boolean ready, boolean terminating) {
    Endpoint endpoint =
        resolved(
                "{publishNotReadyAddresses: %s, ports: [{name: http, port: 80}]}"
                    .formatted(publish),
                slice(
                    "IPv4",
                    PORTS,
                    "[{addresses: [10.0.0.1], conditions: %s}]".formatted(conditions)))
            .endpoints()
            .getFirst();
    assertThat(endpoint.ready()).isEqualTo(ready);
    assertThat(endpoint.terminating()).isEqualTo(terminating);
  }

  @Test
  void dualStackCountsOnceByThePrimaryFamilyAndKnowsBothAddresses() {
    EndpointSlice four = slice("IPv4", PORTS, "[" + pod("a", "10.0.0.1") + "]");
    EndpointSlice six =
        slice("IPv6", PORTS, "[" + pod("a", "fd00:0::1") + ", " + pod("b", "fd00::2") + "]");
    String spec = "{ipFamilies: [IPv4, IPv6], ports: [{name: http, port: 80}]}";
    Backend.Resolved backend = resolved(spec, six, four);
    assertThat(ready(backend)).containsExactly("10.0.0.1:8080");
    assertThat(backend.endpoints().getFirst().addresses()).hasSize(2);
    assertThat(ready(resolved(spec.replace("IPv4, IPv6", "IPv6, IPv4"), six, four))).hasSize(2);
  }

  @Test
  void theSameAddressInSeveralSlicesIsOneEndpointAndTheBetterHalfCounts() {
    Backend.Resolved backend =
        resolved(
            PLAIN,
            slice("IPv4", PORTS, "[{addresses: [10.0.0.1], conditions: {ready: false}}]"),
            slice("IPv4", PORTS, "[{addresses: [10.0.0.1]}, {addresses: [10.0.0.2, 10.0.0.3]}]"));
    assertThat(backend.endpoints()).hasSize(2);
    assertThat(ready(backend)).containsExactly("10.0.0.1:8080", "10.0.0.2:8080");
  }

  @Test
  void aPodThatComesBackElsewhereIsReachedWhereItIsReady() {
    Backend.Resolved backend =
        resolved(
            PLAIN,
            slice(
                "IPv4",
                PORTS,
                "[" + pod("a", "10.0.0.1").replace("}}", "}, conditions: {ready: false}}") + "]"),
            slice("IPv4", PORTS, "[" + pod("a", "10.0.0.9") + "]"));
    assertThat(backend.endpoints())
        .singleElement()
        .satisfies(endpoint -> {
          assertThat(endpoint.ready()).isTrue();
          assertThat(endpoint.primary().ip()).isEqualTo("10.0.0.9");
        });
  }

  @Test
  void oneMachineBehindSeveralAddressesIsSeveralEndpoints() {
    String machine = "{addresses: [\"%s\"], targetRef: {kind: Node, name: m, uid: u1}}";
    Backend.Resolved backend =
        resolved(
            PLAIN,
            slice(
                "IPv4",
                PORTS,
                "[" + machine.formatted("10.0.0.1") + ", " + machine.formatted("10.0.0.2") + "]"));
    assertThat(backend.endpoints()).hasSize(2);
  }

  @Test
  void aNamedPortMayHaveAnotherNumberInEachSlice() {
    Backend.Resolved backend =
        resolved(
            PLAIN,
            slice("IPv4", "[{name: http, port: 8080}]", "[" + pod("a", "10.0.0.1") + "]"),
            slice(
                "IPv4",
                "[{name: admin, port: 1}, {name: http, port: 9090}]",
                "[" + pod("b", "10.0.0.2") + "]"),
            slice("IPv4", "[{name: other, port: 7}]", "[" + pod("c", "10.0.0.3") + "]"));
    assertThat(ready(backend)).containsExactly("10.0.0.1:8080", "10.0.0.2:9090");
  }

  @Test
  void theServicesOwnAddressesAreKnownUnlessItIsHeadless() {
    assertThat(
            resolved("{clusterIPs: [10.96.0.1, \"fd00:1:0::1\"], ports: [{port: 80}]}")
                .serviceAddresses())
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("10.96.0.1:80", "[fd00:1:0:0:0:0:0:1]:80");
    assertThat(resolved("{clusterIP: None, ports: [{port: 80}]}").serviceAddresses()).isEmpty();
  }

  static Stream<Arguments> strangers() {
    String controller = "endpointslice-controller.k8s.io";
    return Stream.of(
        arguments(controller, pod("a", "10.0.0.1"), true),
        arguments("me", pod("a", "10.0.0.1"), false),
        arguments("endpointslicemirroring-controller.k8s.io", "{addresses: [10.0.0.1]}", false),
        // The label is there for the taking.
        arguments(controller, "{addresses: [10.0.0.1]}", false),
        arguments(
            controller,
            "{addresses: [10.0.0.1], targetRef: {kind: Pod, name: a, namespace: bank, uid: a}}",
            false),
        arguments(
            controller,
            "{addresses: [10.0.0.1], targetRef: {kind: Node, name: a, namespace: shop, uid: a}}",
            false));
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void addressesAreTakenOfTheControllerAndOfPodsOfTheNamespace(
      String by, String endpoint, boolean taken) {
    EndpointSlice slice = slice(by, "IPv4", PORTS, "[" + endpoint + "]");
    Backend.Resolved strict = written(STRICT, slice);
    assertThat(ready(strict)).hasSize(taken ? 1 : 0);
    if (taken) {
      assertThat(strict.refused()).isEmpty();
    } else {
      assertThat(strict.refused())
          .singleElement()
          .asString()
          .startsWith("10.0.0.1:8080 of Service shop/web is not used")
          .endsWith("ask the owner of the class for policy.allowCustomEndpoints");
    }
    assertThat(ready(written(CUSTOM, slice))).hasSize(1);
    assertThat(ready(resolved(PLAIN, slice))).as("where only Services are named").hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, a loopback address",
    "127.8.8.8, a loopback address",
    "::1, a loopback address",
    "::ffff:127.0.0.1, a loopback address",
    "169.254.169.254, a link-local address",
    "169.254.0.1, a link-local address",
    "fe80::1, a link-local address",
    "fd00:ec2::254, a cloud's metadata address",
    "168.63.129.16, a cloud's metadata address",
    "100.100.100.200, a cloud's metadata address",
    "224.0.0.1, a multicast address",
    "ff02::1, a multicast address",
    "0.0.0.0, an unspecified address",
    "0.1.2.3, an unspecified address",
    "::, an unspecified address",
    "255.255.255.255, an unspecified address",
    "10.9.9.9, an address of the control plane",
    "a.example.org, not an IP address",
  })
  void someAddressesAreNeverWrittenWhateverTheClassSays(String address, String what) {
    for (Endpoints.Written rules : List.of(STRICT, CUSTOM)) {
      Backend.Resolved backend =
          written(
              rules,
              slice(address.contains(":") ? "IPv6" : "IPv4", PORTS, "[" + pod("a", address) + "]"),
              slice(
                  address.contains(":") ? "IPv6" : "IPv4",
                  PORTS,
                  "[" + pod("b", address.contains(":") ? "fd00::2" : "10.0.0.2") + "]"));
      assertThat(backend.endpoints()).hasSize(1);
      assertThat(backend.refused())
          .singleElement()
          .asString()
          .contains(" of Service shop/web is " + what + ", which is never written into a proxy");
    }
  }

  @Test
  void manyRefusalsAreOneSentence() {
    Backend.Resolved backend =
        written(
            STRICT,
            slice(
                "me",
                "IPv4",
                PORTS,
                "[{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}, {addresses: [10.0.0.3]},"
                    + " {addresses: [10.0.0.4]}, {addresses: [10.0.0.5]}]"));
    assertThat(backend.refused())
        .singleElement()
        .asString()
        .startsWith("10.0.0.1:8080, 10.0.0.2:8080, 10.0.0.3:8080 and 2 more of Service shop/web");
  }
}
