package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.provider.gatewayapi.RouteView.Ref;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Both kinds of route in one shape. */
class RouteViewTest {
  private static final String ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop, namespace: shop}
      spec:
        parentRefs: [{name: edge, namespace: infra}]
        hostnames: [shop.example.com]
        rules:
        - name: main
          matches: [{path: {type: Exact, value: /shop.Cart/Add}, headers: [{name: X-Team, value: a}]}]
          backendRefs:
          - {name: blue, port: 8080, weight: 3}
          - {name: green, namespace: stock, port: 8080}
        - {}
      """;

  private static final List<Rule> RULES =
      List.of(
          new Rule(
              0,
              Optional.of("main"),
              List.of(
                  new RouteMatch(
                      RouteMatch.Path.exact("/shop.Cart/Add"),
                      Optional.empty(),
                      Set.of("Exact:x-team=a"),
                      Set.of())),
              List.of(
                  new Ref(0, Target.service("shop", "blue", 8080), 3, true),
                  new Ref(1, Target.service("stock", "green", 8080), 1, false))),
          new Rule(1, Optional.empty(), List.of(RouteMatch.EVERYTHING), List.of()));

  @Test
  void anHttpRoute() {
    RouteView view = RouteView.of(Fixtures.route(ROUTE));
    assertThat(view).hasToString("HTTPRoute shop/shop");
    assertThat(view.hostnames()).containsExactly("shop.example.com");
    assertThat(view.parentRefs()).singleElement().returns("edge", ref -> ref.getName());
    assertThat(view.rules()).isEqualTo(RULES);
  }

  @Test
  void aGrpcRouteOfTheSameMeaning() {
    String grpc =
        ROUTE
            .replace("HTTPRoute", "GRPCRoute")
            .replace(
                "path: {type: Exact, value: /shop.Cart/Add}",
                "method: {service: shop.Cart, method: Add}");
    RouteView view = RouteView.of(Fixtures.yaml(GRPCRoute.class, grpc));
    assertThat(view).hasToString("GRPCRoute shop/shop");
    assertThat(view.hostnames()).containsExactly("shop.example.com");
    assertThat(view.parentRefs()).singleElement().returns("edge", ref -> ref.getName());
    assertThat(view.rules()).isEqualTo(RULES);
  }

  @Test
  void aRouteThatSaysNothingHasNothing() {
    RouteView view =
        RouteView.of(
            Fixtures.route(
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop, namespace: shop}
                """));
    assertThat(view.parentRefs()).isEmpty();
    assertThat(view.rules()).isEmpty();
    assertThat(view.parents()).isEmpty();
  }
}
