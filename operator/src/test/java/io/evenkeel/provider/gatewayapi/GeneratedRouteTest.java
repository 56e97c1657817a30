package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeneratedRouteTest {
  private static final String EXPECTED =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata:
        labels: {app.kubernetes.io/managed-by: evenkeel}
        name: shop
        namespace: shop
        ownerReferences:
        - {apiVersion: evenkeel.io/v1alpha1, kind: BalancedBackendPool, name: shop, uid: pool-uid, controller: true}
      spec:
        hostnames: [shop.example.com]
        parentRefs:
        - {group: gateway.networking.k8s.io, kind: Gateway, name: edge, namespace: infra, sectionName: https}
        rules:
        - backendRefs:
          - {group: "", kind: Service, name: shop-blue, port: 8080, weight: 3}
          - {group: "", kind: Service, name: shop-green, port: 8080, weight: 2}
          matches:
          - path: {type: PathPrefix, value: /}
          timeouts: {request: 10s}
      """;

  private static HTTPRoute desired(Map<String, Integer> weights) {
    BalancedBackendPool pool = Fixtures.pool(Fixtures.GENERATING_POOL);
    return GeneratedRoute.desired(
        pool,
        Objects.requireNonNull(pool.getSpec().route()),
        Targets.gateways(Fixtures.balancerClass()),
        weights);
  }

  @Test
  void theWholeRouteIsWrittenOut() {
    assertThat(Serialization.asYaml(desired(Map.of("blue", 3, "green", 2))))
        .isEqualTo(Serialization.asYaml(Fixtures.route(EXPECTED)));
  }

  @Test
  void aBackendWithoutAWeightGetsNone() {
    assertThat(RouteView.of(desired(Map.of("blue", 1))).rules().getFirst().backends())
        .extracting(RouteView.Ref::weight)
        .containsExactly(1, 0);
  }

  /** What the API server fills in, or a person writes in other words, is no difference. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "group: \"\", kind: Service, name: shop-blue, port: 8080, weight: 1 | name: shop-blue,"
            + " port: 8080",
        "{group: gateway.networking.k8s.io, kind: Gateway, name: edge | {name: edge",
        "name: shop-green, | name: shop-green, namespace: shop,",
        "{request: 10s} | {request: 10000ms}",
        "- path: {type: PathPrefix, value: /} | - {}",
      })
  void defaultsAreNoDifference(String written, String otherwise) {
    String base = EXPECTED.replace("weight: 3", "weight: 1");
    assertThat(base).contains(written);
    HTTPRoute actual = Fixtures.route(base.replace(written, otherwise));
    HTTPRoute desired = desired(Map.of("blue", 1, "green", 2));
    assertThat(GeneratedRoute.differences(desired, actual)).isEmpty();
    assertThat(GeneratedRoute.same(desired, actual)).isTrue();
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "hostnames: [shop.example.com] | hostnames: [evil.example.com] | hostnames are"
            + " [evil.example.com], should be [shop.example.com]",
        "sectionName: https | sectionName: http | parentRefs are [Gateway infra/edge, listener"
            + " http], should be [Gateway infra/edge, listener https]",
        "value: /} | value: /api} | matches are [/api], should be [/]",
        "{request: 10s} | {request: 1s} | timeouts are [request 1s], should be [request 10s]",
        "timeouts: {request: 10s} | filters: [{type: RequestRedirect, requestRedirect: {hostname:"
            + " x}}] | timeouts are [none], should be [request 10s]; it has filters, should have"
            + " none",
        "shop-green, port: 8080 | other, port: 8080 | backendRef Service shop/other:8080 does not"
            + " belong to the pool",
        "labels: {app.kubernetes.io/managed-by: evenkeel} | labels: {} | the label"
            + " app.kubernetes.io/managed-by=evenkeel is missing",
      })
  void whatAHandChangedIsNamed(String written, String changed, String sentences) {
    HTTPRoute desired = desired(Map.of("blue", 3, "green", 2));
    assertThat(EXPECTED).contains(written);
    String text = EXPECTED.replace(written, changed);
    assertThat(String.join("; ", GeneratedRoute.differences(desired, Fixtures.route(text))))
        .isEqualTo(sentences);
    assertThat(GeneratedRoute.same(desired, Fixtures.route(text))).isFalse();
  }

  @Test
  void anAddedRuleIsNamed() {
    HTTPRoute desired = desired(Map.of("blue", 3, "green", 2));
    HTTPRoute actual =
        Fixtures.route(EXPECTED + "  - backendRefs: [{name: shop-blue, port: 8080}]\n");
    assertThat(GeneratedRoute.differences(desired, actual))
        .containsExactly("it has 2 rules, should have one");
  }

  @Test
  void theOrderOfTheBackendsIsKept() {
    HTTPRoute actual =
        Fixtures.route(
            EXPECTED
                .replace("shop-blue", "x")
                .replace("shop-green", "shop-blue")
                .replace("name: x", "name: shop-green"));
    assertThat(GeneratedRoute.differences(desired(Map.of("blue", 3, "green", 2)), actual))
        .containsExactly("the backendRefs are not in the pool's order");
  }

  @Test
  void anotherWeightIsNoOtherDifferenceButNotTheSame() {
    HTTPRoute actual = Fixtures.route(EXPECTED);
    HTTPRoute desired = desired(Map.of("blue", 1, "green", 1));
    assertThat(GeneratedRoute.differences(desired, actual)).isEmpty();
    assertThat(GeneratedRoute.same(desired, actual)).isFalse();
  }

  @Test
  void thePoolsUidDecidesWhoseItIs() {
    BalancedBackendPool pool = Fixtures.pool(Fixtures.GENERATING_POOL);
    assertThat(GeneratedRoute.isOf(Fixtures.route(EXPECTED), pool)).isTrue();
    assertThat(
            GeneratedRoute.isOf(Fixtures.route(EXPECTED.replace("pool-uid", "former-uid")), pool))
        .isFalse();
  }
}
