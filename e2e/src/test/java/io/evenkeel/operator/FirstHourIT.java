package io.evenkeel.operator;

import static io.evenkeel.operator.ShippedLab.LIMIT;
import static io.evenkeel.operator.ShippedLab.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.ModeInForce;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.lab.AuditLog;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Lab;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.operator.Engineer.Answer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What {@code evenkeel check} and {@code evenkeel status} tell a person in the first hour, and in a
 * bad one: run as processes, against a real API server. One life in order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FirstHourIT {
  private static final String OPERATOR = "evenkeel-system/evenkeel";
  private static final String EVEN = "██████████░░░░░░░░░░  50.00 %";
  private static final String UNKNOWN = "····················      ?";
  private static final String[] OF_OPERATOR = {"check", "--as-service-account", OPERATOR};
  private static final String INSTALL =
      "kubectl apply --server-side -f crds/src/main/resources/META-INF/fabric8/";

  private Answer checkBefore;
  private Answer statusBefore;
  private ShippedLab shop;
  private OperatorProcess operator;
  private Engineer onCall;
  private Engineer nobody;
  private int cursor;

  @BeforeAll
  void start() {
    try (Binaries binaries = Binaries.open();
        Lab empty = Lab.open(binaries, ControlPlane.Options.standard())) {
      Engineer first = new Engineer(empty.controlPlane().kubeconfig());
      checkBefore = first.evenkeel("check");
      statusBefore = first.evenkeel("status");
    }
    shop = new ShippedLab();
    operator = shop.operator();
    shop.pool("web", "balancerClassName: edge");
    shop.pool("checkout", "route: {hostnames: [checkout.example.com]}");
    shop.awaitReady("web");
    shop.awaitReady("checkout");
    await().atMost(LIMIT).until(() -> readsAll("edge") && readsAll("public"));
    onCall = Engineer.hire(shop.plane(), NAMESPACE, "on-call", "cluster-admin");
    nobody = Engineer.hire(shop.plane(), NAMESPACE, "nobody");
    cursor = shop.plane().auditLog().cursor();
  }

  @AfterAll
  void stop() {
    if (shop != null) {
      shop.close();
    }
  }

  @Test
  @Order(0)
  void aClusterWithoutItsKindsIsToldHowToInstallThem() {
    checkBefore.tells("CRDs of Evenkeel are missing", INSTALL);
    assertThat(checkBefore.out())
        .contains("-  CRDs of Gateway API are not installed")
        .contains("-  no operator has led in evenkeel-system yet; to start it: kubectl apply -f");
    statusBefore.refuses("the cluster does not know the kinds of Evenkeel", INSTALL);
  }

  @Test
  @Order(1)
  void aGoodClusterIsGoodInEveryLine() {
    Answer told = onCall.evenkeel(OF_OPERATOR);
    assertThat(told.lines()).allMatch(line -> line.startsWith("✔  "));
    assertThat(told.out())
        .contains("API server v1.", "CRDs of Evenkeel are installed", "2 BalancerClasses")
        .contains(OPERATOR + " may get, list, watch pods", OPERATOR + " may get secrets in")
        .contains("operator " + operator.identity() + ", Lease renewed ")
        .contains("class edge: 2 of 2 proxy replicas answer")
        .contains("class public: Gateway infra/edge is programmed")
        .contains("class public: 1 of 1 proxy replicas answer");
    assertThat(told.err()).isEmpty();
    assertThat(told.status()).isZero();
    assertThat(onCall.evenkeel("check").status()).isZero();
  }

  @Test
  @Order(2)
  void whoMayNothingIsToldWhatIsMissing() {
    Answer own = nobody.evenkeel("check");
    own.tells("you may not list BalancerClasses", "ask who runs the cluster for that right");
    own.tells(
        "you may not get, list, watch, patch balancedbackendpools.evenkeel.io",
        "evenkeel check --as-service-account " + OPERATOR);
    assertThat(own.out()).contains("-  you may not see the operator's Lease in evenkeel-system");
    nobody
        .evenkeel(OF_OPERATOR)
        .tells("you may not ask for the permissions of " + OPERATOR, "ask who runs the cluster");
    nobody
        .evenkeel("status", "-n", NAMESPACE)
        .refuses("you may not list pools in shop", "ask who runs the cluster");
  }

  @Test
  @Order(3)
  void aGatewayThatIsNotThereIsNamed() {
    balancerClass(
        "lost", "provider: GatewayAPI\ngatewayAPI: {parentRefs: [{name: gone, namespace: infra}]}");
    onCall
        .evenkeel(OF_OPERATOR)
        .tells("class lost: Gateway infra/gone does not exist", "spec.gatewayAPI.parentRefs");
    shop.deleteClass("lost");
  }

  @Test
  @Order(4)
  void aProxyThatDoesNotListenIsNamed() {
    String address = Sandbox.address(99) + ":9999";
    fleet("deaf", "{addresses: [\"" + address + "\"]}");
    await()
        .atMost(LIMIT)
        .untilAsserted(() ->
            onCall
                .evenkeel(OF_OPERATOR)
                .tells(
                    "class deaf: 0 of 1 proxy replicas answer: " + address + ": .*refused",
                    "is the address and port in spec.live.fleets"));
    shop.deleteClass("deaf");
  }

  /** And the remedy is one: it is run as it is told. */
  @Test
  @Order(5)
  void theRightToForwardPortsIsMissedOnlyUntilItIsGranted() {
    fleet(
        "tunnel",
        "{pods: {namespace: infra, selector: {matchLabels: {app: haproxy}}, port: 9999,"
            + " via: PortForward}}");
    String right = OPERATOR + " may not get, create pods/portforward in infra";
    Answer told = onCall.evenkeel(OF_OPERATOR);
    told.tells(right, "deploy/manifests/opt-in/port-forward.yaml");
    List<String> lines = told.lines();
    String remedy = lines.get(lines.indexOf("✘  " + right) + 1).replace("   → ", "");
    Answer applied =
        new Engineer(shop.plane().kubeconfig()).shell(remedy, shop.binaries().get(Part.KUBECTL));
    assertThat(applied.status()).as(applied.err()).isZero();
    assertThat(onCall.evenkeel(OF_OPERATOR).out())
        .contains("✔  " + OPERATOR + " may get, create pods/portforward in infra");
    shop.deleteClass("tunnel");
  }

  @Test
  @Order(6)
  void statusDrawsTheLadderOfAVerifiedPool() {
    Answer told = onCall.evenkeel("status", "web", "-n", NAMESPACE);
    assertThat(told.status()).as(told.err()).isZero();
    assertThat(told.lines()).startsWith("shop/web", "├─ class edge, mode Correct");
    Answer route = onCall.evenkeel("status", "checkout", "-n", NAMESPACE);
    assertThat(route.status()).as(route.err()).isZero();
    for (String backend : List.of("blue", "green")) {
      // No object declares the weights of a HAProxy: what nobody says is not drawn as if known.
      assertThat(told.ladder(backend)).startsWith(rungs(EVEN, UNKNOWN, EVEN, EVEN));
      assertThat(route.ladder(backend)).startsWith(rungs(EVEN, EVEN, EVEN, EVEN));
    }
    assertThat(told.out())
        .contains("├─ replica lb/edge-1  Verified", "├─ replica lb/edge-2  Verified")
        .contains("✔ LiveVerified", "✔ Ready");
  }

  @Test
  @Order(7)
  void statusNamesTheReplicaThatDiffers() {
    shop.pool("web", "balancerClassName: edge\ncorrection: {mode: Observe}");
    await().atMost(LIMIT).until(() -> shop.pool("web").getStatus().mode() == ModeInForce.Observe);
    shop.lab().saboteur().bendHaproxy(shop.edge1(), "s11", 97);
    await().atMost(LIMIT).until(() -> shop.condition("web", "Ready").startsWith("False"));
    Answer told = onCall.evenkeel("status", "web", "-n", NAMESPACE);
    assertThat(told.status()).isEqualTo(1);
    assertThat(told.lines()).startsWith("shop/web", "├─ class edge, mode Observe");
    assertThat(told.ladder("blue"))
        .startsWith(rungs(EVEN, UNKNOWN, EVEN, "████████████████████  98.00 %"));
    assertThat(told.ladder("green"))
        .startsWith(rungs(EVEN, UNKNOWN, "░░░░░░░░░░░░░░░░░░░░   2.00 %", EVEN));
    assertThat(told.out())
        .containsPattern(
            "├─ replica lb/edge-1  Mismatch: blue/10.97.0.11:8080 gets 97.0 %, should get 25.0")
        .contains("├─ replica lb/edge-2  Verified")
        .contains("✘ LiveVerified", "! Drifted", "✘ Ready");
  }

  @Test
  @Order(8)
  void aPoolThatIsNotThereIsToldInASentence() {
    onCall
        .evenkeel("status", "wbe", "-n", NAMESPACE)
        .refuses("no pool wbe in namespace shop", "evenkeel status --all-namespaces shows all");
    assertThat(onCall.evenkeel("status", "--all-namespaces").out()).contains("shop/checkout\n");
  }

  @Test
  @Order(9)
  void whatADeadOperatorSaidIsNotTakenForThePresent() {
    operator.close();
    Answer told = onCall.evenkeel(OF_OPERATOR);
    told.tells("no operator leads since 20", "kubectl -n evenkeel-system logs deploy/evenkeel");
    assertThat(told.out()).contains("-  class edge: 2 of 2 proxy replicas answered an operator's");
    assertThat(onCall.evenkeel("status", "-A").out()).startsWith("! no operator leads since 20");
  }

  @Test
  @Order(10)
  void nothingWasWritten() {
    List<AuditLog.Entry> asked =
        shop.plane().auditLog().since(cursor).stream()
            .filter(e -> e.user().startsWith("system:serviceaccount:" + NAMESPACE + ":"))
            .toList();
    Set<String> questions = Set.of("selfsubjectaccessreviews", "subjectaccessreviews");
    assertThat(asked.stream().map(AuditLog.Entry::resource))
        .containsAll(questions)
        .contains("balancerclasses", "balancedbackendpools", "gateways", "leases");
    assertThat(asked)
        .filteredOn(e -> questions.contains(e.resource()))
        .allMatch(AuditLog.Entry::isWrite);
    assertThat(asked)
        .filteredOn(e -> !questions.contains(e.resource()))
        .noneMatch(AuditLog.Entry::isWrite);
  }

  @Test
  @Order(11)
  void anApiServerThatDoesNotAnswerIsNamed() {
    shop.plane().stopApiServer();
    String sentence = "the API server " + shop.plane().url() + "/ does not answer: no connection";
    Answer check = onCall.evenkeel("check");
    assertThat(check.status()).isEqualTo(2);
    assertThat(check.lines()).hasSize(2);
    assertThat(check.out()).startsWith("✘  " + sentence).contains("\n   → point KUBECONFIG");
    onCall.evenkeel("status", "-n", NAMESPACE).refuses(sentence, "point KUBECONFIG");
  }

  private static String[] rungs(String desired, String declared, String liveMin, String liveMax) {
    return new String[] {
      "│  ├─ desired   " + desired,
      "│  ├─ declared  " + declared,
      "│  ├─ live min  " + liveMin,
      "│  ├─ live max  " + liveMax
    };
  }

  private boolean readsAll(String name) {
    BalancerClass found = shop.client().resources(BalancerClass.class).withName(name).get();
    return found.getStatus() != null
        && found.getStatus().conditions().stream()
            .anyMatch(c -> c.type().equals("ProbesHealthy") && c.status() == Condition.Status.True);
  }

  private void fleet(String name, String replicas) {
    balancerClass(
        name,
        """
        provider: HAProxy
        haproxy: {}
        live: {fleets: [{name: lb, probe: HAProxy, interval: 300ms, timeout: 500ms, replicas: %s}]}
        """
            .formatted(replicas));
  }

  private void balancerClass(String name, String spec) {
    shop.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: %s}
        spec:
        """
                .formatted(name)
            + spec.indent(2));
  }
}
