package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.core.read.Declared.Acceptance;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptancesTest {
  private static final String HEAD =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: shop, namespace: shop, generation: 4}
      spec:
        parentRefs: [{name: edge, namespace: infra, sectionName: https}]
      status:
        parents:
      """;

  private static String entry(String controller, String section, String... conditions) {
    StringBuilder text = new StringBuilder();
    text.append("  - controllerName: ").append(controller).append('\n');
    text.append("    parentRef: {name: edge, namespace: infra, sectionName: ").append(section);
    text.append("}\n    conditions:\n");
    for (String condition : conditions) {
      String[] parts = condition.split(" ");
      text.append(
          "    - {type: %s, status: \"%s\", observedGeneration: %s, reason: %s, message: m}%n"
              .formatted(parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : parts[0]));
    }
    return text.toString();
  }

  private static Acceptance of(String... entries) {
    RouteView route = RouteView.of(Fixtures.route(HEAD + String.join("", entries)));
    return Acceptances.of(route, Parents.of(route), parent -> Optional.of("mine"));
  }

  @ParameterizedTest(name = "{0} | {1} | {2} -> {3} {4}")
  @CsvSource({
    "Accepted True 4, ResolvedRefs True 4, , Accepted, ",
    "Accepted True 3, ResolvedRefs True 4, , Pending, OldGeneration",
    "Accepted True 4, ResolvedRefs True 3, , Pending, OldGeneration",
    "Accepted False 3, ResolvedRefs True 3, , Pending, OldGeneration",
    "Accepted True 4, , , Pending, NotResolvedRefs",
    "Accepted Unknown 4 Pending, ResolvedRefs True 4, , Pending, Pending",
    "Accepted False 4 NoMatchingListenerHostname, ResolvedRefs True 4, , Refused,"
        + " NoMatchingListenerHostname",
    "Accepted True 4, ResolvedRefs False 4 BackendNotFound, , Refused, BackendNotFound",
    "Accepted True 4, ResolvedRefs True 4, PartiallyInvalid True 4 UnsupportedValue, Refused,"
        + " UnsupportedValue",
    "Accepted True 3, ResolvedRefs True 4, PartiallyInvalid True 4 UnsupportedValue, Refused,"
        + " UnsupportedValue",
    "Accepted True 4, ResolvedRefs True 4, PartiallyInvalid True 3 UnsupportedValue, Accepted, ",
    "Accepted True 4, ResolvedRefs True 4, PartiallyInvalid False 4, Accepted, ",
  })
  void oneController(String first, String second, String third, String kind, String reason) {
    String[] conditions =
        Stream.of(first, second, third).filter(Objects::nonNull).toArray(String[]::new);
    Acceptance acceptance = of(entry("mine", "https", conditions));
    assertThat(acceptance.getClass().getSimpleName()).isEqualTo(kind);
    switch (acceptance) {
      case Acceptance.Accepted accepted -> assertThat(reason).isNull();
      case Acceptance.Pending(String why, String message) -> {
        assertThat(why).isEqualTo(reason);
        assertThat(message).contains("HTTPRoute shop/shop");
      }
      case Acceptance.Refused(String why, String message) -> {
        assertThat(why).isEqualTo(reason);
        assertThat(message).contains("mine at Gateway infra/edge, listener https");
      }
    }
  }

  @Test
  void onlyTheGatewaysOwnControllerCounts() {
    String good = entry("mine", "https", "Accepted True 4", "ResolvedRefs True 4");
    String bad = entry("stranger", "https", "Accepted False 4", "ResolvedRefs True 4");
    assertThat(of(good, bad)).isEqualTo(new Acceptance.Accepted());
    assertThat(of(bad)).isInstanceOf(Acceptance.Pending.class);
    assertThat(of(entry("mine", "http", "Accepted True 4", "ResolvedRefs True 4")))
        .isInstanceOf(Acceptance.Pending.class);
  }

  @Test
  void aRouteAtNoGatewayOfTheClassIsRefused() {
    RouteView route = RouteView.of(Fixtures.route(HEAD + entry("mine", "https")));
    assertThat(Acceptances.of(route, List.of(), parent -> Optional.empty()))
        .isInstanceOfSatisfying(
            Acceptance.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo("NoMatchingParent"));
  }
}
