package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.core.read.Declared.Shadow;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShadowsTest {
  private static final String ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: %s, namespace: shop, creationTimestamp: "%s"}
      spec:
        parentRefs: [{name: edge, namespace: infra%s}]
        hostnames: [%s]
        rules: [{matches: [%s]}]
      """;
  private static final String OLD = "2026-01-01T00:00:00Z";
  private static final String YOUNG = "2026-06-01T00:00:00Z";

  private static RouteView route(
      String name, String created, String parent, String host, String match) {
    return RouteView.of(
        Fixtures.route(
            ROUTE.formatted(
                name, created, parent, host.equals("-") ? "" : "\"" + host + "\"", match)));
  }

  private static String match(String text) {
    String[] parts = text.split(" ");
    String path =
        switch (parts[0].charAt(0)) {
          case '=' -> "{type: Exact, value: %s}".formatted(parts[0].substring(1));
          case '~' -> "{type: RegularExpression, value: %s}".formatted(parts[0].substring(1));
          default -> "{type: PathPrefix, value: %s}".formatted(parts[0]);
        };
    String rest = "";
    for (int i = 1; i < parts.length; i++) {
      rest +=
          switch (parts[i].charAt(0)) {
            case 'h' -> ", headers: [{name: X, value: \"%s\"}]".formatted(parts[i].substring(1));
            case 'q' ->
                ", queryParams: [{name: x, value: \"%s\"}]".formatted(parts[i].substring(1));
            default -> ", method: " + parts[i];
          };
    }
    return "{path: " + path + rest + "}";
  }

  private static Optional<Shadow> find(RouteView mine, RouteView other) {
    return Shadows.find(
        mine,
        mine.rules(),
        Stream.of(other),
        (namespace, name) -> Optional.of(Fixtures.gateway(Fixtures.GATEWAY)));
  }

  /** Mine is the younger one, so a tie is lost. */
  @ParameterizedTest(name = "{0} {1} against {2} {3}: {4}")
  @CsvSource({
    // the same claim
    "shop.example.com, /, shop.example.com, /, wins",
    "shop.example.com, /api, shop.example.com, /api/, wins",
    "shop.example.com, =/a, shop.example.com, =/a, wins",
    "shop.example.com, / h1 q1 GET, shop.example.com, / h1 q1 GET, wins",
    "-, /, -, /, wins",
    "shop.example.com, ~/a.*, shop.example.com, ~/a.*, wins",
    // the other is more specific
    "shop.example.com, /, shop.example.com, /api, part",
    "shop.example.com, /, shop.example.com, =/api, part",
    "shop.example.com, /api, shop.example.com, =/api, part",
    "shop.example.com, /, shop.example.com, / GET, part",
    "shop.example.com, /, shop.example.com, / h1, part",
    "shop.example.com, /, shop.example.com, / q1, part",
    "shop.example.com, / h1, shop.example.com, / GET, part",
    "*.example.com, /, shop.example.com, /, part",
    "*.example.com, /api, shop.example.com, /, part",
    // part on the listener for every host, all on the listener for *.example.com
    "-, /, *.example.com, /, wins",
    "*.example.com, /, *.shop.example.com, /, part",
    // as specific, other requests, the older one gets what both match
    "shop.example.com, / h1, shop.example.com, / q1 h1, part",
    "shop.example.com, /, shop.example.com, ~/a.*, part",
    // mine is more specific
    "shop.example.com, /api, shop.example.com, /, none",
    "shop.example.com, =/api, shop.example.com, /api, none",
    "shop.example.com, / GET, shop.example.com, / h1, none",
    "shop.example.com, /, *.example.com, /api, none",
    "shop.example.com, /, -, /, none",
    // nothing in common
    "shop.example.com, /, www.example.com, /, none",
    "*.example.com, /, example.com, /, none",
    "shop.example.com, /a, shop.example.com, /ab, none",
    "shop.example.com, =/a, shop.example.com, =/a/, none",
    "shop.example.com, / GET, shop.example.com, / POST, none",
    "shop.example.com, / h1, shop.example.com, / h2, none",
  })
  void precedence(String host, String match, String otherHost, String otherMatch, String verdict) {
    Optional<Shadow> shadow =
        find(
            route("mine", YOUNG, "", host, match(match)),
            route("other", OLD, "", otherHost, match(otherMatch)));
    assertThat(shadow.map(found -> found.wins() ? "wins" : "part").orElse("none"))
        .isEqualTo(verdict);
  }

  @Test
  void theOlderRouteWinsThenTheNameDecides() {
    String all = match("/");
    RouteView mine = route("mine", OLD, "", "shop.example.com", all);
    assertThat(find(mine, route("other", YOUNG, "", "shop.example.com", all)))
        .hasValueSatisfying(shadow -> assertThat(shadow.wins()).isFalse());
    assertThat(find(mine, route("another", OLD, "", "shop.example.com", all)))
        .hasValueSatisfying(shadow -> assertThat(shadow.wins()).isTrue());
    assertThat(find(mine, route("zebra", OLD, "", "shop.example.com", all)))
        .hasValueSatisfying(shadow -> assertThat(shadow.wins()).isFalse());
  }

  @Test
  void theListenersHostnameCountsWhereARouteHasNone() {
    // Without a hostname of its own a route claims *.example.com on this listener, as the other
    // does in words.
    RouteView mine = route("mine", YOUNG, ", sectionName: https", "-", match("/"));
    RouteView other = route("other", OLD, ", sectionName: https", "*.example.com", match("/"));
    assertThat(find(mine, other)).hasValueSatisfying(shadow -> assertThat(shadow.wins()).isTrue());
  }

  @Test
  void anotherListenerOrParentIsNoRival() {
    RouteView mine = route("mine", YOUNG, ", sectionName: https", "shop.example.com", match("/"));
    assertThat(
            find(mine, route("other", OLD, ", sectionName: http", "shop.example.com", match("/"))))
        .isEmpty();
    assertThat(find(mine, route("other", OLD, ", port: 443", "shop.example.com", match("/"))))
        .isPresent();
    assertThat(
            find(
                mine,
                route(
                    "other", OLD, ", kind: Service, group: \"\"", "shop.example.com", match("/"))))
        .isEmpty();
  }

  @Test
  void aRouteThatTheGatewayRefusedTakesNothing() {
    RouteView refused =
        RouteView.of(
            Fixtures.route(
                ROUTE.formatted("other", OLD, "", "shop.example.com", match("/"))
                    + """
                    status:
                      parents:
                      - parentRef: {name: edge, namespace: infra}
                        controllerName: c
                        conditions: [{type: Accepted, status: "False"}]
                    """));
    assertThat(find(route("mine", YOUNG, "", "shop.example.com", match("/")), refused)).isEmpty();
  }
}
