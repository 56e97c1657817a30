package io.evenkeel.reconcile;

import io.evenkeel.core.read.Declared;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Our own write that the cache does not show yet. Judged by such a cache, it would be a drift that
 * nobody made.
 *
 * @param replaced the objects that were written, in the versions they had before; the empty one
 *     when there was none
 * @param until a watch that lags for longer is not waited for
 */
record Behind(Set<String> replaced, Instant until) {
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /**
   * @param seen the version by which the write was decided; it went through, so it was the newest
   * @param written the objects that were written
   */
  static Behind of(String seen, String written, Instant now) {
    Set<String> objects = each(written).stream().map(Behind::object).collect(Collectors.toSet());
    return new Behind(
        each(seen).stream()
            .filter(version -> version.isEmpty() || objects.contains(object(version)))
            .collect(Collectors.toSet()),
        now.plus(LONGEST));
  }

  /** Whether one of the objects that were written is still as it was before. */
  boolean still(String seen, Instant now) {
    return now.isBefore(until) && each(seen).stream().anyMatch(replaced::contains);
  }

  private static List<String> each(String versions) {
    return List.of(versions.split(Declared.BETWEEN, -1));
  }

  private static String object(String version) {
    int at = version.indexOf('@');
    return at < 0 ? version : version.substring(0, at);
  }
}
