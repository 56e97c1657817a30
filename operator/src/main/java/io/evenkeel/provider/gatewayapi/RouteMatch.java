package io.evenkeel.provider.gatewayapi;

import io.evenkeel.core.read.LiveTarget.PathMatch.Kind;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One match of a rule: all of its parts must hold.
 *
 * @param headers {@code type:name=value}, names in lower case
 * @param query {@code type:name=value}
 */
record RouteMatch(Path path, Optional<String> method, Set<String> headers, Set<String> query) {
  static final RouteMatch EVERYTHING =
      new RouteMatch(Path.prefix("/"), Optional.empty(), Set.of(), Set.of());

  /**
   * The more specific one first, in Gateway API's order: an exact path, the longer prefix, a
   * method, more headers, more query parameters. Where regular expressions stand is up to the
   * implementation; here between the two.
   */
  static final Comparator<RouteMatch> SPECIFIC_FIRST =
      Comparator.<RouteMatch>comparingInt(match -> match.path.rank())
          .thenComparing(match -> match.path.value().length(), Comparator.reverseOrder())
          .thenComparingInt(match -> match.method.isPresent() ? 0 : 1)
          .thenComparing(match -> match.headers.size(), Comparator.reverseOrder())
          .thenComparing(match -> match.query.size(), Comparator.reverseOrder());

  RouteMatch {
    headers = Set.copyOf(headers);
    query = Set.copyOf(query);
  }

  /** Whether only the path decides. */
  boolean pathOnly() {
    return method.isEmpty() && headers.isEmpty() && query.isEmpty();
  }

  /** Whether a request can satisfy both. Regular expressions may always overlap. */
  boolean overlaps(RouteMatch other) {
    return path.overlaps(other.path)
        && (method.isEmpty() || other.method.isEmpty() || method.equals(other.method))
        && compatible(headers, other.headers)
        && compatible(query, other.query);
  }

  /** The same header or parameter with two exact values excludes the other. */
  private static boolean compatible(Set<String> mine, Set<String> others) {
    return mine.stream()
        .filter(text -> text.startsWith("Exact:"))
        .noneMatch(text ->
            others.stream()
                .filter(other -> other.startsWith("Exact:"))
                .anyMatch(other -> !other.equals(text) && key(other).equals(key(text))));
  }

  private static String key(String text) {
    return text.substring(0, text.indexOf('='));
  }

  @Override
  public String toString() {
    return String.join(
        " ",
        Stream.of(method.stream(), Stream.of(path.toString()), headers.stream(), query.stream())
            .flatMap(part -> part)
            .toList());
  }

  /** A path condition. A prefix counts whole elements, and its trailing slash does not. */
  record Path(Kind kind, String value) {
    Path {
      if (kind == Kind.PREFIX && value.length() > 1 && value.endsWith("/")) {
        value = value.substring(0, value.length() - 1);
      }
    }

    static Path of(String type, String value) {
      return switch (type) {
        case "Exact" -> exact(value);
        case "PathPrefix" -> prefix(value);
        default -> regex(value);
      };
    }

    static Path exact(String value) {
      return new Path(Kind.EXACT, value);
    }

    static Path prefix(String value) {
      return new Path(Kind.PREFIX, value);
    }

    static Path regex(String value) {
      return new Path(Kind.REGEX, value);
    }

    private int rank() {
      return switch (kind) {
        case EXACT -> 0;
        case REGEX -> 1;
        case PREFIX -> 2;
      };
    }

    private boolean overlaps(Path other) {
      if (kind == Kind.REGEX || other.kind == Kind.REGEX) {
        return true;
      }
      return value.equals(other.value)
          || kind == Kind.PREFIX && isUnder(other.value, value)
          || other.kind == Kind.PREFIX && isUnder(value, other.value);
    }

    private static boolean isUnder(String path, String prefix) {
      return prefix.equals("/") || path.startsWith(prefix + "/");
    }

    @Override
    public String toString() {
      return switch (kind) {
        case EXACT -> "= " + value;
        case PREFIX -> value;
        case REGEX -> "~ " + value;
      };
    }
  }
}
