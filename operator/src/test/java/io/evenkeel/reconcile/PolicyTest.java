package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.decide.Snapshot.Refusal;
import io.evenkeel.core.pool.PoolId;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

  private static BalancedBackendPool pool(String metadata, String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancedBackendPool
        metadata: {name: web, namespace: shop%s}
        spec:
          backends: [{name: blue, service: {name: blue, port: 80}}]
        %s
        """
            .formatted(metadata, spec.indent(2)),
        BalancedBackendPool.class);
  }

  private static BalancerClass balancerClass(String name, String created, String policy) {
    return Serialization.unmarshal(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata:
          name: %s
          creationTimestamp: "%s"
          annotations: {evenkeel.io/is-default-class: "%s"}
        spec:
          provider: GatewayAPI
          gatewayAPI: {parentRefs: [{name: edge, namespace: infra}, {name: edge, namespace: shop}]}
          policy: %s
        """
            .formatted(name, created, !name.startsWith("no-"), policy),
        BalancerClass.class);
  }

  private static final BalancerClass OLD = balancerClass("old", "2026-01-01T00:00:00Z", "{}");
  private static final BalancerClass NEW = balancerClass("new", "2026-02-01T00:00:00Z", "{}");
  private static final BalancerClass TWIN = balancerClass("newer", "2026-02-01T00:00:00Z", "{}");
  private static final BalancerClass NONE =
      balancerClass("no-default", "2026-03-01T00:00:00Z", "{}");

  @Test
  void theClassIsTheNamedOneThenTheRecordedOneThenTheNewestDefault() {
    assertThat(Policy.className(pool("", ""), Stream.of(OLD, NEW, NONE))).contains("new");
    assertThat(Policy.className(pool("", ""), Stream.of(TWIN, NEW, OLD)))
        .as("of twins the name decides, whatever the order")
        .isEqualTo(Policy.className(pool("", ""), Stream.of(NEW, OLD, TWIN)));
    assertThat(Policy.className(pool("", ""), Stream.of(NONE))).isEmpty();
    assertThat(Policy.className(pool("", "balancerClassName: mine"), Stream.of(OLD)))
        .contains("mine");
    BalancedBackendPool recorded =
        Serialization.unmarshal(
            "---\n{metadata: {name: a}, spec: {}, status: {balancerClassName: once}}",
            BalancedBackendPool.class);
    assertThat(Policy.className(recorded, Stream.of(OLD, NEW))).contains("once");
    BalancerClass leaving = balancerClass("leaving", "2026-09-01T00:00:00Z", "{}");
    leaving.getMetadata().setDeletionTimestamp("2026-10-01T00:00:00Z");
    assertThat(Policy.className(pool("", ""), Stream.of(leaving, OLD))).contains("old");
  }

  @ParameterizedTest
  @CsvSource({
    "'{}',                                                                       shop, true",
    "'{namespaces: {from: All}}',                                                bank, true",
    "'{namespaces: {from: Same}}',                                               shop, true",
    "'{namespaces: {from: Same}}',                                               bank, false",
    "'{namespaces: {from: Selector, selector: {matchLabels: {team: shop}}}}',    shop, true",
    "'{namespaces: {from: Selector, selector: {matchLabels: {team: bank}}}}',    shop, false",
    // Without a selector nobody is selected.
    "'{namespaces: {from: Selector}}',                                           shop, false",
  })
  void namespaces(String policy, String namespace, boolean allowed) {
    BalancedBackendPool pool = pool("", "");
    pool.getMetadata().setNamespace(namespace);
    Optional<Refusal> refusal =
        Policy.refusal(pool, balancerClass("c", "", policy), Map.of("team", namespace), Set.of());
    assertThat(refusal.isEmpty()).isEqualTo(allowed);
    refusal.ifPresent(r -> {
      assertThat(r.reason()).isEqualTo("NamespaceNotAllowed");
      assertThat(r.message()).contains(namespace, "use another class", "policy.namespaces");
    });
  }

  @ParameterizedTest
  @CsvSource({
    "shop.example.com,  shop.example.com,    true",
    "Shop.Example.com,  shop.example.COM,    true",
    "shop.example.com,  www.shop.example.com,false",
    "*.example.com,     shop.example.com,    true",
    "*.example.com,     a.b.example.com,     true",
    "*.example.com,     *.example.com,       true",
    "*.example.com,     *.shop.example.com,  true",
    "*.example.com,     example.com,         false",
    "*.example.com,     badexample.com,      false",
    "*.shop.example.com,*.example.com,       false",
    "*.example.com,     .example.com,        false",
    "*,                 anything.org,        true",
    "*,                 *,                   true",
    "*.example.com,     *,                   false",
  })
  void hostnamePatterns(String pattern, String host, boolean covered) {
    assertThat(Policy.covers(pattern, host)).isEqualTo(covered);
  }

  @Test
  void hostsAreDeniedUnlessTheClassGivesThemToTheNamespace() {
    BalancerClass c =
        balancerClass(
            "c",
            "",
            "{hostnames: [{pattern: \"*.example.com\"}, {pattern: bank.org, namespaces: {selector:"
                + " {matchLabels: {team: bank}}}}]}");
    BalancedBackendPool bank = pool("", "route: {hostnames: [a.example.com, bank.org]}");
    assertThat(Policy.refusal(bank, c, Map.of("team", "bank"), Set.of())).isEmpty();
    assertThat(Policy.refusal(bank, c, Map.of("team", "shop"), Set.of()).orElseThrow())
        .returns("HostnameNotAllowed", Refusal::reason)
        .returns(false, Refusal::accepted)
        .extracting(Refusal::message)
        .asString()
        .contains("bank.org", "use one of *.example.com");
    assertThat(Policy.refusal(pool("", ""), c, Map.of(), Set.of("*")).orElseThrow().message())
        .as("an adopted route without hosts takes them all")
        .contains("use the host *");
    assertThat(
            Policy.refusal(bank, balancerClass("c", "", "{}"), Map.of(), Set.of())
                .orElseThrow()
                .message())
        .contains("none (no host is allowed here yet)");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // pause-until                  reason       paused until            problem
        "-,                             -,           -,                      -",
        "2026-12-01T10:00:00Z,          load test,   2026-12-01T10:00:00Z,   -",
        "' 2026-12-01T10:00:00Z ',      -,           2026-12-01T10:00:00Z,   -",
        "2026-12-01T10:00:00.5Z,        -,           2026-12-01T10:00:00.5Z, -",
        "2026-12-01T10:00:00+02:00,     -,           2026-12-01T08:00:00Z,   -",
        "2026-12-01t10:00:00z,          -,           2026-12-01T10:00:00Z,   -",
        "'',                            -,           -,                      -",
        "' ',                           ' ',         -,                      -",
        "tomorrow,                      -,           -,                      '\"tomorrow\" is not a"
            + " time'",
        "2026-12-01,                    -,           -,                      is not a time",
        "2026-12-01 10:00,              -,           -,                      is not a time",
        "2026-12-01T10:00:00,           -,           -,                      is not a time",
        "2026-02-30T10:00:00Z,          -,           -,                      is not a time",
        "2h,                            -,           -,                      is not a time",
        "true,                          -,           -,                      RFC 3339",
        "-,                             load test,   -,                      a reason and no end",
      })
  void pauseAnnotations(
      @Nullable String until,
      @Nullable String reason,
      @Nullable String paused,
      @Nullable String problem) {
    BalancedBackendPool pool = pool("", "");
    pool.getMetadata()
        .setAnnotations(
            Stream.of(
                    Map.entry("evenkeel.io/pause-until", Optional.ofNullable(until)),
                    Map.entry("evenkeel.io/pause-reason", Optional.ofNullable(reason)))
                .filter(e -> e.getValue().isPresent())
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().orElseThrow())));
    assertThat(Policy.pause(pool).map(Snapshot.Pause::until))
        .isEqualTo(Optional.ofNullable(paused).map(Instant::parse));
    if (problem == null) {
      assertThat(Policy.pauseProblem(pool)).isEmpty();
    } else {
      assertThat(Policy.pauseProblem(pool).orElseThrow())
          .contains(problem, "write an RFC 3339 time such as 2026-12-01T10:00:00Z");
    }
  }

  @Test
  void ofTwoPausesTheLongerOneCounts() {
    String spec = "pause: {until: \"2026-12-01T10:00:00Z\", reason: in the spec}";
    assertThat(
            Policy.pause(
                    pool(
                        ", annotations: {evenkeel.io/pause-until: \"2026-12-01T11:00:00Z\","
                            + " evenkeel.io/pause-reason: by hand}",
                        spec))
                .orElseThrow()
                .reason())
        .isEqualTo("by hand");
    assertThat(
            Policy.pause(
                    pool(
                        ", annotations: {evenkeel.io/pause-until: \"2026-12-01T09:00:00Z\"}", spec))
                .orElseThrow()
                .reason())
        .isEqualTo("in the spec");
  }

  private static Claimant claimant(
      String pool,
      int created,
      Claim.Kind kind,
      @Nullable Integer carried,
      @Nullable Integer held) {
    PoolId id = new PoolId(pool.split("/")[0], pool.split("/")[1]);
    Optional<Instant> age = Optional.ofNullable(carried).map(NOON::plusSeconds);
    return Claimant.of(
        id,
        NOON.plusSeconds(created),
        Set.of(new Claim(kind, "a.example.com/", age)),
        held == null ? Map.of() : Map.of("a.example.com/", NOON.plusSeconds(held)));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // kind, pool created, route carries it since, held since; twice; who has it
        "HOST,         x/a, 0, -,  -,   HOST,         y/b, 9, -,  -,  a", // older pool
        "HOST,         x/a, 0, -,  -,   HOST,         x/b, 0, -,  -,  a", // name
        "HOST,         y/a, 0, -,  -,   HOST,         x/b, 0, -,  -,  b", // namespace before name
        "HOST,         x/a, 0, -,  -,   HOST,         y/b, 9, 20, 19, b", // a route beats none
        "HOST,         x/a, 9, 10, 9,   HOST,         y/b, 0, 20, 19, a", // the older route
        "HOST,         x/a, 9, -,  9,   HOST,         y/b, 0, -,  -,  a", // deleted, still held
        "HOST,         x/a, 9, 30, 9,   HOST,         y/b, 0, -,  -,  a", // and made again
        "HOST,         x/a, 9, 30, 9,   ADOPTED_HOST, y/b, 0, 20, 19, a", // not handed over either
        "HOST,         x/a, 9, 10, 9,   ADOPTED_HOST, y/b, 9, 5,  -,  b", // as the gateway decides
        "ADOPTED_HOST, x/a, 0, 30, 5,   HOST,         y/b, 9, 20, 19, b", // its route was new
        "ADOPTED_HOST, x/a, 9, 10, -,   ADOPTED_HOST, y/b, 0, 20, 1,  a", // the older route
        "RULE,         x/a, 9, -,  9,   RULE,         x/b, 0, -,  -,  a", // who adopted it first
        "RULE,         x/a, 9, -,  -,   RULE,         x/b, 0, -,  -,  b", // nobody yet
        "BACKEND,      x/a, 9, -,  9,   BACKEND,      y/b, 0, -,  12, a", // who had it first
      })
  void theOlderClaimGoesFirst(
      Claim.Kind kindA,
      String a,
      int createdA,
      @Nullable Integer carriedA,
      @Nullable Integer heldA,
      Claim.Kind kindB,
      String b,
      int createdB,
      @Nullable Integer carriedB,
      @Nullable Integer heldB,
      String winner) {
    Claimant first = claimant(a, createdA, kindA, carriedA, heldA);
    Claimant second = claimant(b, createdB, kindB, carriedB, heldB);
    Stream<Claimant> all = Stream.of(first, second);
    Optional<Refusal> ofFirst = Policy.taken(first, "public", all);
    Optional<Refusal> ofSecond = Policy.taken(second, "public", Stream.of(second, first));
    assertThat(ofFirst.isEmpty()).isEqualTo(winner.equals("a"));
    assertThat(ofSecond.isEmpty()).isEqualTo(winner.equals("b"));
    assertThat(ofFirst.or(() -> ofSecond).orElseThrow().message())
        .contains("a.example.com/ belongs to pool", winner.equals("a") ? a : b, "public");
  }

  @Test
  void aClaimThatIsTakenSaysByWhomSinceWhenAndWhatToDo() {
    Claimant holder = claimant("x/a", 0, Claim.Kind.HOST, 10, null);
    assertThat(
            Policy.taken(
                    claimant("y/b", 0, Claim.Kind.HOST, null, null), "public", Stream.of(holder))
                .orElseThrow())
        .isEqualTo(
            new Refusal(
                false,
                "HostnameTaken",
                "a.example.com/ belongs to pool x/a of class public, since 2026-11-01T12:00:10Z:"
                    + " use another host or path, or delete that pool"));
  }
}
