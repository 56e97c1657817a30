package io.evenkeel.provider.gatewayapi;

import io.evenkeel.core.plan.Scale.Quantisation;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;

/**
 * What the implementations behind an HTTPRoute make of its weights, by the {@code controllerName}
 * of the GatewayClass. The names come from their documentation, the behaviour from their sources.
 */
final class Profiles {
  /** By the domain in front of the slash: the rest differs between releases and installations. */
  private static final Map<String, Quantisation> BY_DOMAIN =
      Map.of(
          "projectcontour.io", Quantisation.EXACT,
          "gateway.envoyproxy.io", Quantisation.EXACT,
          "istio.io", Quantisation.EXACT,
          "traefik.io", Quantisation.EXACT,
          "gateway.nginx.org", Quantisation.FLOOR_HUNDREDTH_PERCENT,
          "konghq.com", Quantisation.INTEGER_PER_ENDPOINT);

  private Profiles() {}

  /**
   * Of one implementation; of one that is not known, what Gateway API says: weight over the sum of
   * weights.
   */
  static Quantisation of(String controllerName) {
    int slash = controllerName.indexOf('/');
    return BY_DOMAIN.getOrDefault(
        slash < 0 ? controllerName : controllerName.substring(0, slash), Quantisation.EXACT);
  }

  /** With several parents the coarsest counts; with none that is known, exact. */
  static Quantisation coarsest(Collection<String> controllerNames) {
    return controllerNames.stream()
        .map(Profiles::of)
        .max(Comparator.comparingInt(Profiles::coarseness))
        .orElse(Quantisation.EXACT);
  }

  private static int coarseness(Quantisation quantisation) {
    return switch (quantisation) {
      case EXACT -> 0;
      case FLOOR_HUNDREDTH_PERCENT -> 1;
      case INTEGER_PER_ENDPOINT -> 2;
      case WHOLE_PERCENT -> 3;
    };
  }
}
