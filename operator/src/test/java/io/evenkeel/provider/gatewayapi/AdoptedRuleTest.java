package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.provider.Outcome.Refused;
import io.evenkeel.provider.gatewayapi.AdoptedRule.Lookup;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdoptedRuleTest {
  private static final Target BLUE = Target.service("shop", "shop-blue", 8080);
  private static final Target GREEN = Target.service("shop", "shop-green", 8080);

  private static Lookup find(String route, @Nullable String section) {
    return AdoptedRule.find(
        RouteView.of(Fixtures.route(route)), new TargetRef("", "HTTPRoute", "web", section));
  }

  private static AdoptedRule main() {
    return ((Lookup.Found) find(Fixtures.ADOPTED_ROUTE, "main")).rule();
  }

  @Test
  void onlyWrongWeightsAreWrittenAndOnlyToTheVersionThatWasSeen() {
    assertThat(AdoptedRule.patch(List.of(main()), Map.of(BLUE, 3, GREEN, 2), "pool-uid"))
        .contains(
            """
            [{"op":"test","path":"/metadata/uid","value":"web-uid"},\
            {"op":"test","path":"/metadata/resourceVersion","value":"7"},\
            {"op":"test","path":"/spec/rules/1/name","value":"main"},\
            {"op":"test","path":"/spec/rules/1/backendRefs/1/name","value":"shop-blue"},\
            {"op":"test","path":"/spec/rules/1/backendRefs/2/name","value":"shop-green"},\
            {"op":"replace","path":"/spec/rules/1/backendRefs/1/weight","value":3},\
            {"op":"add","path":"/spec/rules/1/backendRefs/2/weight","value":2}]\
            """);
  }

  @Test
  void aMissingWeightIsOneAndRightWeightsAreNotWritten() {
    assertThat(AdoptedRule.patch(List.of(main()), Map.of(BLUE, 90, GREEN, 1), "pool-uid"))
        .isEmpty();
  }

  @Test
  void aRouteThatThePoolOnceGeneratedIsNoLongerDeletedWithIt() {
    String ejected =
        Fixtures.ADOPTED_ROUTE.replace(
            "generation: 2",
            "generation: 2, labels: {app.kubernetes.io/managed-by: evenkeel},"
                + " ownerReferences: [{kind: BalancedBackendPool, name: shop, uid: pool-uid}]");
    AdoptedRule rule = ((Lookup.Found) find(ejected, "main")).rule();
    assertThat(AdoptedRule.patch(List.of(rule), Map.of(BLUE, 90, GREEN, 1), "pool-uid"))
        .contains(
            """
            [{"op":"test","path":"/metadata/uid","value":"web-uid"},\
            {"op":"test","path":"/metadata/resourceVersion","value":"7"},\
            {"op":"test","path":"/metadata/ownerReferences/0/uid","value":"pool-uid"},\
            {"op":"remove","path":"/metadata/ownerReferences/0"},\
            {"op":"remove","path":"/metadata/labels/app.kubernetes.io~1managed-by"}]\
            """);
    assertThat(AdoptedRule.patch(List.of(rule), Map.of(BLUE, 90, GREEN, 1), "other")).isEmpty();
  }

  @Test
  void rulesHaveNames() {
    assertThat(main().rule().index()).isEqualTo(1);
    assertThat(refused(find(Fixtures.ADOPTED_ROUTE, null)))
        .isEqualTo(
            new Refused(
                "RuleNameRequired",
                "HTTPRoute shop/web has 2 rules: write the name of one of them into sectionName;"
                    + " its rules are named main, static"));
    assertThat(refused(find(Fixtures.ADOPTED_ROUTE, "other")).message())
        .isEqualTo("HTTPRoute shop/web has no rule named other; its rules are named main, static");
    String nameless =
        Fixtures.ADOPTED_ROUTE
            .replace("- name: static\n    matches", "- matches")
            .replace("- name: main\n    backendRefs", "- backendRefs");
    assertThat(refused(find(nameless, "main")).message()).contains("none of its rules has a name");
  }

  @Test
  void theOnlyRuleNeedsNoName() {
    String one =
        Fixtures.ADOPTED_ROUTE.replaceAll("(?s)  - name: static.*?  - name: main\n    ", "  - ");
    assertThat(find(one, null))
        .isInstanceOfSatisfying(
            Lookup.Found.class,
            found ->
                assertThat(
                        AdoptedRule.patch(List.of(found.rule()), Map.of(BLUE, 1), "pool-uid")
                            .orElseThrow())
                    .doesNotContain("/rules/0/name")
                    .contains("/spec/rules/0/backendRefs/1/weight"));
  }

  private static Refused refused(Lookup lookup) {
    return ((Lookup.Missing) lookup).why();
  }

  @Test
  void everyBackendNeedsExactlyOneBackendRef() {
    assertThat(main().check(Map.of("blue", BLUE, "green", GREEN))).isEmpty();
    assertThat(main().check(Map.of("red", Target.service("shop", "shop-red", 80))))
        .map(Refused::message)
        .contains(
            "rule main of HTTPRoute shop/web has no backendRef for Service shop/shop-red:80"
                + " (backend red): add one there, or take the backend out of the pool");
    String twice = Fixtures.ADOPTED_ROUTE.replace("name: canary", "name: shop-blue");
    assertThat(((Lookup.Found) find(twice, "main")).rule().check(Map.of("blue", BLUE)))
        .map(Refused::message)
        .hasValueSatisfying(message -> assertThat(message).contains("has 2 backendRefs"));
  }

  @Test
  void leavingARouteTakesAwayOnlyWhatSaysThatItIsOurs() {
    String route =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: web
          namespace: shop
          uid: web-uid
          resourceVersion: "7"
          labels: {app.kubernetes.io/managed-by: evenkeel, team: shop}
          ownerReferences:
          - {apiVersion: v1, kind: ConfigMap, name: other, uid: other-uid}
          - {apiVersion: evenkeel.io/v1alpha1, kind: BalancedBackendPool, name: shop, uid: pool-uid}
          managedFields:
          - {manager: evenkeel, operation: Apply, fieldsV1: {"f:spec": {}}}
          - {manager: contour, operation: Update, subresource: status}
        """;
    assertThat(Surrender.patch(Fixtures.route(route), "pool-uid"))
        .contains(
            """
            [{"op":"test","path":"/metadata/uid","value":"web-uid"},\
            {"op":"test","path":"/metadata/resourceVersion","value":"7"},\
            {"op":"test","path":"/metadata/ownerReferences/1/uid","value":"pool-uid"},\
            {"op":"remove","path":"/metadata/ownerReferences/1"},\
            {"op":"remove","path":"/metadata/labels/app.kubernetes.io~1managed-by"},\
            {"op":"replace","path":"/metadata/managedFields","value":\
            [{"manager":"contour","operation":"Update","subresource":"status"}]}]\
            """);
    assertThat(Surrender.patch(Fixtures.route(Fixtures.ADOPTED_ROUTE), "pool-uid")).isEmpty();
  }
}
