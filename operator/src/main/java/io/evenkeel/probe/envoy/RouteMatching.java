package io.evenkeel.probe.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.core.read.LiveTarget.HostMatch;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.probe.envoy.EnvoyModel.Route;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which routes of a proxy belong to a target: the pool's own matches, as the controllers write
 * them.
 */
final class RouteMatching {
  /** Conditions that make a route another route than the one with the path alone. */
  private static final List<String> NARROWING =
      List.of("query_parameters", "dynamic_metadata", "tls_context", "filter_state", "cookies");

  private RouteMatching() {}

  /** Whether a route is the one of this hostname and path. */
  static boolean is(Route route, HostMatch wanted) {
    return route.match().equals(wanted.path()) && domain(route.domains(), wanted.hostname());
  }

  /**
   * Exactly the hostname, or the hostname with a port, as Contour and Istio write it. A route
   * without hostnames is in the virtual host for every domain; those that name a domain are other
   * routes'.
   */
  static boolean domain(List<String> domains, String hostname) {
    String wanted = hostname.isEmpty() ? "*" : hostname.toLowerCase(Locale.ROOT);
    return domains.stream()
        .map(domain -> domain.toLowerCase(Locale.ROOT))
        .anyMatch(domain ->
            domain.equals(wanted)
                || (domain.startsWith(wanted + ":")
                    && domain.substring(wanted.length() + 1).matches("\\d{1,5}|\\*")));
  }

  /**
   * The one of the wanted matches that a route has, unless further conditions make it another
   * route.
   */
  static Optional<PathMatch> find(JsonNode match, Set<PathMatch> wanted) {
    if (NARROWING.stream().anyMatch(match::has) || narrowedByHeader(match.path("headers"))) {
      return Optional.empty();
    }
    return wanted.stream().filter(path -> same(match, path)).findFirst();
  }

  /**
   * Contour repeats a wildcard hostname as a condition on the authority; that does not narrow it.
   */
  private static boolean narrowedByHeader(JsonNode headers) {
    for (JsonNode header : headers) {
      if (!Set.of(":authority", "host").contains(header.path("name").asText())) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(JsonNode match, PathMatch wanted) {
    String value = wanted.value();
    return switch (wanted.kind()) {
      case EXACT -> value.equals(match.path("path").asText(null));
      case PREFIX -> {
        // PathPrefix counts whole segments and ignores a trailing slash.
        String bare = value.replaceFirst("/+$", "");
        yield bare.isEmpty()
            ? "/".equals(match.path("prefix").asText(null))
            : bare.equals(match.path("path_separated_prefix").asText(null))
                || value.equals(match.path("prefix").asText(null))
                || segmentRegex(regex(match), bare);
      }
      case REGEX -> unanchored(value).equals(regex(match));
    };
  }

  /**
   * {@code /foo}, then nothing or a slash and anything: a segment prefix written as an expression.
   */
  private static boolean segmentRegex(String regex, String bare) {
    for (String literal : List.of(bare, Pattern.quote(bare), bare.replace(".", "\\."))) {
      if (regex.startsWith(literal)
          && List.of("(/.*)?", "(?:/.*)?", "(?:[\\/].*)*", "((\\/).*)?")
              .contains(regex.substring(literal.length()))) {
        return true;
      }
    }
    return false;
  }

  private static String regex(JsonNode match) {
    return unanchored(match.path("safe_regex").path("regex").asText(""));
  }

  /** Envoy matches the whole path whether anchors are written or not. */
  private static String unanchored(String regex) {
    String end = regex.startsWith("^") ? regex.substring(1) : regex;
    return end.endsWith("$") && !end.endsWith("\\$") ? end.substring(0, end.length() - 1) : end;
  }
}
