package io.evenkeel.operator;

import static io.evenkeel.operator.ShippedLab.FAST;
import static io.evenkeel.operator.ShippedLab.LIMIT;
import static io.evenkeel.operator.ShippedLab.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.lab.AuditLog;
import io.evenkeel.lab.Installation;
import io.evenkeel.lab.OperatorProcess;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The operator as it is shipped: with the rights of its manifests and no others, two replicas, one
 * of them leading. One life in order; at its end the API server's own record is judged.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ShippedIT {
  private ShippedLab shop;
  private OperatorProcess leader;
  private OperatorProcess follower;

  @BeforeAll
  void start() {
    shop = new ShippedLab();
    leader = shop.operator(FAST);
    awaitLeads(leader);
    follower = shop.operator(FAST);
  }

  @AfterAll
  void stop() {
    if (shop != null) {
      shop.close();
    }
  }

  @Test
  @Order(0)
  void keepsPoolsOfBothProvidersEven() {
    shop.pool("web", "balancerClassName: edge");
    shop.pool("checkout", "route: {hostnames: [checkout.example.com]}");
    shop.awaitReady("web");
    shop.awaitReady("checkout");
    bend();
    awaitEven();
    assertThat(shop.condition("checkout", "Accepted")).isEqualTo("True Accepted");
  }

  @Test
  @Order(1)
  void adoptsARouteAndLeavesItWhenThePoolGoes() {
    shop.lab()
        .user()
        .createRoute(
            NAMESPACE, "adopted", "adopted.example.com", 8080, Map.of("blue", 9, "green", 9));
    shop.pool(
        "adopted", "targetRefs: [{kind: HTTPRoute, name: adopted}]\ncorrection: {mode: Correct}");
    shop.awaitReady("adopted");
    shop.lab().saboteur().bendRoute(NAMESPACE, "adopted", Map.of("blue", 1, "green", 99));
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(Set.copyOf(shop.weights("adopted"))).hasSize(1));
    shop.delete("adopted");
    await().atMost(LIMIT).until(() -> !shop.isThere("adopted"));
    assertThat(shop.weights("adopted")).hasSize(2);
  }

  /** After corrections on both rungs, so that every metric has been seen. */
  @Test
  @Order(2)
  void servesTheMetricsThatAreDocumentedAndNoOthers() throws IOException {
    String page = Files.readString(documents().resolve("metrics.md"));
    Map<String, String> documented =
        Pattern.compile("(?m)^\\| `(evenkeel_[a-z_]+)` \\| (\\w+) \\| ([^|]*) \\|")
            .matcher(page)
            .results()
            .collect(
                Collectors.toMap(
                    m -> m.group(1), m -> m.group(2) + " " + m.group(3).strip().replace("`", "")));
    assertThat(served(leader.metrics())).isEqualTo(new TreeMap<>(documented));
  }

  private static Path documents() {
    return Stream.of("docs", "../docs").map(Path::of).filter(Files::isDirectory).findFirst().get();
  }

  /** Name → type and labels, as the page has them. */
  private static Map<String, String> served(String metrics) {
    Map<String, String> served = new TreeMap<>();
    Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$")
        .matcher(metrics)
        .results()
        .forEach(type -> {
          Set<String> labels = new TreeSet<>();
          Pattern.compile("(?m)^" + type.group(1) + "(?:_bucket|_sum|_count|_max)?\\{(.*)} ")
              .matcher(metrics)
              .results()
              .forEach(sample ->
                  Pattern.compile("([a-z]+)=\"")
                      .matcher(sample.group(1))
                      .results()
                      .forEach(label -> labels.add(label.group(1))));
          labels.remove("le");
          served.put(
              type.group(1),
              type.group(2) + " " + (labels.isEmpty() ? "none" : String.join(", ", labels)));
        });
    return served;
  }

  @Test
  @Order(3)
  void readsOnlyTheSecretsThatClassesName() {
    shop.client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("client")
                .withNamespace(Installation.NAMESPACE)
                .endMetadata()
                .addToStringData("ca.crt", "not a certificate")
                .build())
        .create();
    int before = shop.plane().auditLog().cursor();
    shop.apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: encrypted}
        spec:
          provider: HAProxy
          haproxy: {}
          live:
            fleets:
            - name: lb
              probe: HAProxy
              replicas: {addresses: ["10.97.0.103:9999"]}
              tls: {secretName: client}
        """);
    await()
        .atMost(LIMIT)
        .untilAsserted(() ->
            assertThat(calls(before))
                .anyMatch(e -> e.resource().equals("secrets") && e.verb().equals("get")));
    shop.deleteClass("encrypted");
    awaitClassGone("encrypted");
  }

  /** What was bent while nobody led is put right, and nothing else is written. */
  @Test
  @Order(4)
  void whenTheLeaderIsKilledTheOtherWritesOnlyWhatDrifted() {
    awaitStill();
    leader.kill();
    shop.lab().saboteur().bendRoute(NAMESPACE, "checkout", Map.of("blue", 1, "green", 97));
    int before = shop.plane().auditLog().cursor();
    long begin = System.nanoTime();
    awaitLeads(follower);
    System.out.printf("killed: the other leads after %d ms%n", millisecondsSince(begin));
    shop.awaitWeights("checkout", 1, 1);
    shop.awaitReady("checkout");
    awaitStill();
    List<AuditLog.Entry> writes = shop.plane().auditLog().writesSince(before, Installation.USER);
    assertThat(writes.stream().filter(e -> !e.subresource().equals("status")))
        .singleElement()
        .matches(e -> e.resource().equals("httproutes") && e.name().equals("checkout"));
    leader = follower;
    follower = shop.operator(FAST);
  }

  /** A stopped process believes that it leads; it must not act on that when it wakes up. */
  @Test
  @Order(5)
  void aLeaderThatWasStoppedWritesNothingWhenItWakesUp() {
    awaitStill();
    leader.child().signal("STOP");
    awaitLeads(follower);
    bend();
    awaitEven();
    awaitStill();
    int before = shop.plane().auditLog().cursor();
    leader.child().signal("CONT");
    assertThat(leader.awaitEnd(Duration.ofSeconds(20))).isEqualTo(1);
    assertThat(leader.child().tail()).contains("lease lost, ending");
    assertThat(shop.plane().auditLog().writesSince(before, Installation.USER)).isEmpty();
    leader = follower;
    follower = shop.operator(FAST);
  }

  @Test
  @Order(6)
  void aRestartInOrderHandsTheLeaseOver() {
    awaitStill();
    int before = shop.plane().auditLog().cursor();
    Instant begin = Instant.now();
    leader.close();
    assertThat(holder()).isNotEqualTo(leader.identity());
    awaitLeads(follower);
    System.out.printf(
        "ended in order: the other leads after %d ms%n",
        Duration.between(begin, Instant.now()).toMillis());
    assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(3));
    assertThat(leader.child().tail()).contains("msg=ending", "msg=ended");
    assertThat(leader.child().tail()).doesNotContain("lease lost");
    assertThat(
            shop.plane().auditLog().writesSince(before, Installation.USER).stream()
                .filter(e -> !e.subresource().equals("status")))
        .isEmpty();
    bend();
    awaitEven();
    leader = follower;
  }

  @Test
  @Order(7)
  void letsPoolsAndClassesGo() {
    shop.deleteClass("edge");
    await()
        .atMost(LIMIT)
        .untilAsserted(() ->
            assertThat(shop.client().resources(BalancerClass.class).withName("edge").get())
                .isNotNull());
    shop.delete("web");
    awaitClassGone("edge");
    shop.delete("checkout");
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> {
          assertThat(shop.isThere("checkout")).isFalse();
          assertThat(shop.weights("checkout")).isEmpty();
        });
  }

  @Test
  @Order(8)
  void noCallWasForbiddenInAllThat() {
    assertThat(calls(0).stream().filter(e -> e.code() == 403 || e.code() == 401)).isEmpty();
    Set<String> used = used();
    assertThat(used).contains("patch httproutes", "create events", "patch balancerclasses");
    Set<String> idle = new TreeSet<>(granted());
    idle.removeAll(used);
    System.out.println("granted but not used in this life: " + String.join(", ", idle));
  }

  private List<AuditLog.Entry> calls(int cursor) {
    return shop.plane().auditLog().since(cursor).stream()
        .filter(e -> e.user().equals(Installation.USER))
        .toList();
  }

  private Set<String> used() {
    return calls(0).stream()
        .map(e ->
            e.verb()
                + " "
                + e.resource()
                + (e.subresource().isEmpty() ? "" : "/" + e.subresource()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What the roles bound to it say, as {@code verb resource}. */
  private Set<String> granted() {
    Stream<PolicyRule> rules =
        Stream.concat(
            shop.client().rbac().clusterRoles().list().getItems().stream()
                .filter(r -> r.getMetadata().getName().startsWith("evenkeel"))
                .flatMap(r -> r.getRules().stream()),
            shop
                .client()
                .rbac()
                .roles()
                .inNamespace(Installation.NAMESPACE)
                .list()
                .getItems()
                .stream()
                .flatMap(r -> r.getRules().stream()));
    return rules
        .flatMap(rule ->
            rule.getVerbs().stream()
                .flatMap(verb -> rule.getResources().stream().map(what -> verb + " " + what)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void bend() {
    shop.lab().saboteur().bendRoute(NAMESPACE, "checkout", Map.of("blue", 1, "green", 97));
    shop.lab().saboteur().bendHaproxy(shop.edge1(), "s11", 97);
  }

  private void awaitEven() {
    shop.awaitWeights("checkout", 1, 1);
    await()
        .atMost(LIMIT)
        .untilAsserted(() ->
            assertThat(shop.edgeWeight("s11").split(" ", -1)[0])
                .isEqualTo(shop.edgeWeight("s12").split(" ", -1)[0]));
    shop.awaitReady("checkout");
    shop.awaitReady("web");
  }

  private void awaitLeads(OperatorProcess operator) {
    await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(operator::leads);
  }

  private String holder() {
    return Objects.requireNonNullElse(
        shop.client()
            .resources(Lease.class)
            .inNamespace(Installation.NAMESPACE)
            .withName("evenkeel-operator")
            .require()
            .getSpec()
            .getHolderIdentity(),
        "");
  }

  private void awaitClassGone(String name) {
    await()
        .atMost(LIMIT)
        .until(() -> shop.client().resources(BalancerClass.class).withName(name).get() == null);
  }

  /** Until nothing was written for two seconds. */
  private void awaitStill() {
    await()
        .atMost(LIMIT)
        .until(() -> {
          int cursor = shop.plane().auditLog().cursor();
          await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
          return shop.plane().auditLog().writesSince(cursor, Installation.USER).isEmpty();
        });
  }

  private static long millisecondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1_000_000;
  }
}
