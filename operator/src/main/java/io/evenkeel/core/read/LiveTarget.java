package io.evenkeel.core.read;

import java.util.List;

/** What a probe looks for in a proxy: the pool's route, or a backend section by its name. */
public sealed interface LiveTarget {
  /**
   * The pool's routes are those whose domain is one of the hostnames (all domains when empty) and
   * whose match is one of the matches, over all listeners; header-matched siblings are other
   * routes.
   */
  record HttpRoute(List<String> hostnames, List<PathMatch> matches) implements LiveTarget {
    public HttpRoute {
      hostnames = List.copyOf(hostnames);
      matches = List.copyOf(matches);
    }
  }

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
