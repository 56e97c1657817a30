package io.evenkeel.provider.gatewayapi;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Hostnames of Gateway API: exact ones, wildcards that replace one or more whole labels at the
 * front, and the empty string for every host.
 */
final class Hostnames {
  /**
   * The more specific one first: more characters outside a wildcard's hostname, then more
   * characters.
   */
  static final Comparator<String> SPECIFIC_FIRST =
      Comparator.<String>comparingInt(host -> wildcard(host) ? 0 : -host.length())
          .thenComparingInt(host -> -host.length());

  private Hostnames() {}

  /** What both match, or nothing. */
  static Optional<String> intersect(String a, String b) {
    if (covers(a, b)) {
      return Optional.of(b);
    }
    return covers(b, a) ? Optional.of(a) : Optional.empty();
  }

  /** The hosts that a listener really serves for a route; both may leave theirs out. */
  static List<String> effective(List<String> route, String listener) {
    return route.isEmpty()
        ? List.of(listener)
        : route.stream().flatMap(host -> intersect(host, listener).stream()).distinct().toList();
  }

  /** Whether two routes can get the same request; one without hostnames gets every host. */
  static boolean meet(List<String> one, List<String> other) {
    return one.isEmpty()
        || other.isEmpty()
        || one.stream().anyMatch(a -> other.stream().anyMatch(b -> intersect(a, b).isPresent()));
  }

  private static boolean covers(String pattern, String host) {
    return pattern.isEmpty()
        || pattern.equals(host)
        || wildcard(pattern) && host.endsWith(pattern.substring(1)) && !host.isEmpty();
  }

  private static boolean wildcard(String host) {
    return host.startsWith("*.");
  }
}
