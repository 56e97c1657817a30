package io.evenkeel.core.read;

import java.util.Set;

/** What a probe looks for in a proxy: the pool's routes, or a backend section by its name. */
public sealed interface LiveTarget {
  /**
   * The pool's routes are those that are one of the matches, over all listeners, and there is one
   * for each; header-matched siblings are other routes.
   */
  record HttpRoute(Set<HostMatch> matches) implements LiveTarget {
    public HttpRoute {
      matches = Set.copyOf(matches);
    }

    /** A pool with one hostname and one path. */
    public static HttpRoute of(String hostname, PathMatch path) {
      return new HttpRoute(Set.of(new HostMatch(hostname, path)));
    }
  }

  /**
   * A path of one hostname, and of no other.
   *
   * @param hostname the domain as the listeners leave it; empty for the virtual host of every
   *     domain
   */
  record HostMatch(String hostname, PathMatch path) {}

  /** Nothing that could be found in a proxy; every probe answers {@code NotSupported}. */
  record Unreadable(String reason, String message) implements LiveTarget {}

  /** A backend section of a proxy's own configuration. */
  record NamedBackend(String name) implements LiveTarget {}

  /** A path match as Gateway API has it. */
  record PathMatch(Kind kind, String value) {
    /** How the value matches. */
    public enum Kind {
      EXACT,
      PREFIX,
      REGEX
    }
  }
}
