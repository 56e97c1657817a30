package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.decide.Snapshot.Refusal;
import io.evenkeel.core.pool.PoolId;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClaimsTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

  private final ObjectCaches caches = new ObjectCaches();
  private final List<PoolId> again = new ArrayList<>();
  private Claims claims = new Claims(caches, again::add);

  @BeforeEach
  void classes() {
    caches.put(
        Serialization.unmarshal(
            """
            metadata: {name: public}
            spec: {provider: GatewayAPI, gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}}
            """,
            BalancerClass.class));
    caches.put(
        Serialization.unmarshal(
            """
            metadata: {name: classic}
            spec: {provider: HAProxy, haproxy: {backendName: "{namespace}-{pool}"}}
            """,
            BalancerClass.class));
  }

  private BalancedBackendPool pool(String namespace, String name, int created, String spec) {
    return pool(namespace, name, created, "public", spec, "");
  }

  private BalancedBackendPool pool(
      String namespace, String name, int created, String className, String spec, String status) {
    BalancedBackendPool pool =
        Serialization.unmarshal(
            """
            metadata:
              name: %2$s
              namespace: %1$s
              uid: uid-%1$s-%2$s
              generation: 3
              creationTimestamp: "%3$s"
            spec:
              balancerClassName: %4$s
              backends: [{name: blue, service: {name: blue, port: 80}}]
            %5$s
            %6$s
            """
                .formatted(
                    namespace,
                    name,
                    NOON.plusSeconds(created),
                    className,
                    spec.indent(2).stripTrailing(),
                    status),
            BalancedBackendPool.class);
    caches.put(pool);
    return pool;
  }

  private HTTPRoute route(
      String namespace, String name, String owner, int created, String host, String rule) {
    HTTPRoute route =
        Serialization.unmarshal(
            """
            metadata:
              name: %s
              namespace: %s
              creationTimestamp: "%s"
              ownerReferences: [{uid: "%s", kind: BalancedBackendPool, name: x}]
            spec: {hostnames: [%s], rules: [%s]}
            """
                .formatted(name, namespace, NOON.plusSeconds(created), owner, host, rule),
            HTTPRoute.class);
    caches.put(route);
    return route;
  }

  private Optional<String> judged(BalancedBackendPool pool, int at) {
    return claims.judge(pool, NOON.plusSeconds(at)).map(Refusal::reason);
  }

  private static final String HOST = "route: {hostnames: [a.example.com]}";
  private static final String EVERYTHING = "{matches: [{path: {type: PathPrefix, value: /}}]}";

  @Test
  void aHostStaysWithItsHolderWhenTheRouteIsDeletedAndMadeAgain() {
    BalancedBackendPool holder = pool("bank", "holder", 50, HOST);
    assertThat(judged(holder, 60)).isEmpty();
    route("bank", "holder", "uid-bank-holder", 61, "A.example.com", EVERYTHING);
    BalancedBackendPool older = pool("shop", "older", 0, HOST);
    assertThat(judged(older, 70)).contains("HostnameTaken");
    caches.remove(HTTPRoute.class, "bank", "holder");
    assertThat(judged(older, 80)).contains("HostnameTaken");
    assertThat(judged(holder, 81)).isEmpty();
    route("bank", "holder", "uid-bank-holder", 82, "a.example.com", EVERYTHING);
    assertThat(judged(older, 83)).contains("HostnameTaken");
    assertThat(judged(holder, 84)).isEmpty();
    again.clear();
    claims.forget(PoolIds.of(holder));
    assertThat(again).containsExactly(PoolIds.of(older));
    assertThat(judged(older, 90)).isEmpty();
  }

  @Test
  void afterARestartTheHolderIsKnownBeforeTheFirstIsJudged() {
    BalancedBackendPool older = pool("shop", "older", 0, HOST);
    BalancedBackendPool holder =
        pool(
            "bank",
            "holder",
            50,
            "public",
            HOST,
            """
            status:
              conditions:
              - {type: Accepted, status: "True", reason: Accepted, message: "",
                 observedGeneration: 3, lastTransitionTime: "2026-11-01T12:01:00Z"}
            """);
    claims.see(older);
    claims.see(holder);
    assertThat(judged(older, 100)).contains("HostnameTaken");
    assertThat(judged(holder, 101)).isEmpty();
    claims = new Claims(caches, again::add);
    holder.getMetadata().setGeneration(4L);
    claims.see(holder);
    assertThat(judged(older, 102)).as("it was accepted with another spec").isEmpty();
  }

  @Test
  void whoExtendsItsHostsTakesNothingFromOthers() {
    BalancedBackendPool holder = pool("bank", "holder", 50, HOST);
    assertThat(judged(holder, 60)).isEmpty();
    route("bank", "holder", "uid-bank-holder", 61, "a.example.com", EVERYTHING);
    BalancedBackendPool greedy = pool("shop", "greedy", 0, HOST.replace("a.", "b."));
    assertThat(judged(greedy, 10)).isEmpty();
    route("shop", "greedy", "uid-shop-greedy", 11, "b.example.com", EVERYTHING);
    greedy = pool("shop", "greedy", 0, "route: {hostnames: [b.example.com, a.example.com]}");
    assertThat(judged(greedy, 70)).contains("HostnameTaken");
    assertThat(judged(holder, 71)).isEmpty();
  }

  @Test
  void whoIsNotServedKeepsNobodyWaiting() {
    BalancedBackendPool stranger = pool("evil", "stranger", 0, HOST);
    BalancedBackendPool rightful = pool("shop", "rightful", 50, HOST);
    claims.see(stranger);
    assertThat(judged(rightful, 60)).contains("HostnameTaken");
    claims.refuse(PoolIds.of(stranger));
    assertThat(again).containsExactly(PoolIds.of(rightful));
    assertThat(judged(rightful, 61)).isEmpty();
    // Its route of better days still takes the requests, and that is the truth.
    route("evil", "stranger", "uid-evil-stranger", 1, "a.example.com", EVERYTHING);
    claims.see(stranger);
    assertThat(judged(rightful, 62)).contains("HostnameTaken");
  }

  @Test
  void whoWaitsForOneHostKeepsNobodyFromAnotherAndTheOldestIsNext() {
    String both = "route: {hostnames: [a.example.com, b.example.com]}";
    BalancedBackendPool holder = pool("x", "holder", 0, HOST);
    assertThat(judged(holder, 1)).isEmpty();
    BalancedBackendPool wantsBoth = pool("x", "wants-both", 2, both);
    assertThat(judged(wantsBoth, 3)).contains("HostnameTaken");
    BalancedBackendPool b = pool("x", "b", 4, HOST.replace("a.", "b."));
    assertThat(judged(b, 5)).isEmpty();
    BalancedBackendPool second = pool("x", "second", 6, HOST);
    BalancedBackendPool third = pool("x", "a-third", 7, HOST);
    assertThat(judged(second, 8)).contains("HostnameTaken");
    assertThat(judged(third, 8)).contains("HostnameTaken");
    claims.forget(PoolIds.of(holder));
    assertThat(judged(third, 9)).contains("HostnameTaken");
    assertThat(judged(wantsBoth, 9)).contains("HostnameTaken");
    assertThat(judged(second, 9)).isEmpty();
  }

  /** Counted in bytes that are allocated, which unlike time do not depend on the machine. */
  private long effort(int pools) {
    claims = new Claims(caches, again::add);
    List<BalancedBackendPool> all =
        IntStream.range(0, pools)
            .mapToObj(
                i -> pool("x", "p" + i, i, "route: {hostnames: [a.example.com, b.example.com]}"))
            .toList();
    all.forEach(claims::see);
    for (BalancedBackendPool pool : all) {
      assertThat(judged(pool, 1000).isEmpty()).isEqualTo(pool == all.getFirst());
    }
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 10; i++) {
      assertThat(judged(all.getLast(), 1001)).contains("HostnameTaken");
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  @Test
  void whoWaitsIsJudgedAgainstTheHolderHoweverManyWait() {
    long unused = effort(10);
    assertThat(effort(200)).isLessThan(3 * effort(10));
  }

  @Test
  void otherPathsAndPartsOfAPathAreNoQuarrel() {
    BalancedBackendPool all = pool("shop", "all", 0, HOST);
    BalancedBackendPool api =
        pool(
            "shop",
            "api",
            1,
            "route: {hostnames: [a.example.com], matches: [{path: {value: /api}}]}");
    BalancedBackendPool exact =
        pool(
            "shop",
            "exact",
            2,
            "route: {hostnames: [a.example.com], matches: [{path: {type: Exact, value: /api}}]}");
    route(
        "bank",
        "canary",
        "somebody",
        -9,
        "a.example.com",
        "{matches: [{headers: [{name: x-canary, value: \"1\"}]}]}");
    BalancedBackendPool canary =
        pool("bank", "canary-pool", 3, "targetRefs: [{kind: HTTPRoute, name: canary}]");
    for (BalancedBackendPool pool : List.of(all, api, exact, canary)) {
      assertThat(judged(pool, 10)).as(pool.getMetadata().getName()).isEmpty();
    }
  }

  @Test
  void anAdoptedRouteOfAnotherNamespaceWinsWhenItIsOlderAndLosesItsClaimWithTheRoute() {
    BalancedBackendPool generated = pool("shop", "generated", 0, HOST);
    assertThat(judged(generated, 1)).isEmpty();
    route("shop", "generated", "uid-shop-generated", 1, "a.example.com", EVERYTHING);
    route("bank", "theirs", "somebody", -100, "a.example.com", "{}");
    BalancedBackendPool adopting =
        pool("bank", "adopting", 50, "targetRefs: [{kind: HTTPRoute, name: theirs}]");
    assertThat(judged(adopting, 60)).isEmpty();
    assertThat(judged(generated, 61)).contains("HostnameTaken");
    caches.remove(HTTPRoute.class, "bank", "theirs");
    again.clear();
    assertThat(judged(adopting, 62)).isEmpty();
    assertThat(again).containsExactly(PoolIds.of(generated));
    assertThat(judged(generated, 63)).isEmpty();
    route("bank", "theirs", "somebody", 64, "a.example.com", "{}");
    assertThat(judged(adopting, 65)).contains("HostnameTaken");
  }

  @Test
  void aRuleIsAdoptedOnce() {
    route("shop", "theirs", "somebody", 0, "a.example.com", "{name: main}");
    BalancedBackendPool first =
        pool("shop", "first", 50, "targetRefs: [{kind: HTTPRoute, name: theirs}]");
    assertThat(judged(first, 60)).isEmpty();
    BalancedBackendPool second =
        pool("shop", "a", 0, "targetRefs: [{kind: HTTPRoute, name: theirs, sectionName: main}]");
    assertThat(judged(second, 61)).contains("TargetTaken");
    assertThat(judged(first, 62)).isEmpty();
  }

  @Test
  void twoPoolsNeverShareABackendSection() {
    BalancedBackendPool first = pool("a", "b-c", 50, "classic", "", "");
    assertThat(judged(first, 60)).isEmpty();
    BalancedBackendPool second = pool("a-b", "c", 0, "classic", "", "");
    assertThat(claims.judge(second, NOON.plusSeconds(61)).orElseThrow().message())
        .contains("backend a-b-c of the proxies belongs to pool a/b-c of class classic")
        .contains("rename the pool");
  }

  @Test
  void aPoolBeingDeletedOrWithoutAClassFreesNothingYet() {
    BalancedBackendPool holder = pool("bank", "holder", 0, HOST);
    assertThat(judged(holder, 1)).isEmpty();
    BalancedBackendPool waiting = pool("shop", "waiting", 9, HOST);
    assertThat(judged(waiting, 10)).contains("HostnameTaken");
    again.clear();
    holder.getMetadata().setDeletionTimestamp(NOON.toString());
    claims.see(holder);
    assertThat(again).isEmpty();
    assertThat(judged(waiting, 11)).contains("HostnameTaken");
    assertThat(judged(pool("x", "y", 0, "gone", HOST, ""), 12)).isEmpty();
  }
}
