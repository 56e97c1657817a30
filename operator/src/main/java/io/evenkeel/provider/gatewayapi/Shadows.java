package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;

import io.evenkeel.core.read.Declared.Shadow;
import io.evenkeel.provider.gatewayapi.Parents.Attachment;
import io.evenkeel.provider.gatewayapi.Parents.Parent;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Which other route takes a pool's requests. Gateway API decides, for each listener: the more
 * specific hostname, then the more specific match ({@link RouteMatch#SPECIFIC_FIRST}), then the
 * older route, then namespace and name.
 */
final class Shadows {
  /** The route that wins where both claim the same. */
  private static final Comparator<RouteView> OLDER_FIRST =
      Comparator.comparing(Shadows::created)
          .thenComparing(route -> route.namespace() + "/" + route.name());

  private static final Comparator<Shadow> WORST_FIRST =
      Comparator.comparing((Shadow shadow) -> !shadow.wins()).thenComparing(Shadow::message);

  private Shadows() {}

  /**
   * The worst of the routes that take requests of these rules: one that wins the very same hostname
   * and match, else one that takes a part (a more specific match or hostname) or that claims the
   * same and is younger.
   *
   * @param mine the pool's route
   * @param rules the pool's rules in it
   * @param others all routes; those of the pool itself are left out by the caller
   * @param gateways finds a Gateway by namespace and name
   */
  static Optional<Shadow> find(
      RouteView mine,
      List<Rule> rules,
      Stream<RouteView> others,
      BiFunction<String, String, Optional<Gateway>> gateways) {
    List<Attachment> attachments = Parents.attachments(Parents.of(mine), gateways);
    return others
        .filter(other -> other.object().getMetadata().getDeletionTimestamp() == null)
        .flatMap(other ->
            Parents.attachments(accepted(other), gateways).stream()
                .flatMap(theirs ->
                    attachments.stream()
                        .filter(theirs::sameListener)
                        .flatMap(ours -> compare(mine, rules, other, ours.hostname()))))
        .min(WORST_FIRST);
  }

  private static Stream<Shadow> compare(
      RouteView mine, List<Rule> rules, RouteView other, String listener) {
    List<String> ourHosts = Hostnames.effective(mine.hostnames(), listener);
    List<String> theirHosts = Hostnames.effective(other.hostnames(), listener);
    return ourHosts.stream()
        .flatMap(ourHost ->
            theirHosts.stream()
                .filter(theirHost -> Hostnames.intersect(ourHost, theirHost).isPresent())
                .flatMap(theirHost ->
                    rules.stream()
                        .flatMap(rule -> rule.matches().stream())
                        .flatMap(match ->
                            other.rules().stream()
                                .flatMap(rule -> rule.matches().stream())
                                .filter(match::overlaps)
                                .flatMap(theirMatch ->
                                    judge(
                                        new Claim(mine, ourHost, match),
                                        new Claim(other, theirHost, theirMatch))
                                        .stream()))));
  }

  private record Claim(RouteView route, String host, RouteMatch match) {
    @Override
    public String toString() {
      return (host.isEmpty() ? "every host" : host) + " " + match;
    }
  }

  /** Both overlap. */
  private static Optional<Shadow> judge(Claim mine, Claim other) {
    String route = other.route().namespace() + "/" + other.route().name();
    if (mine.host().equals(other.host()) && mine.match().equals(other.match())) {
      boolean wins = OLDER_FIRST.compare(other.route(), mine.route()) < 0;
      return Optional.of(
          new Shadow(
              route,
              wins,
              wins
                  ? "%s claims %s too and is older, so it takes all of these requests"
                      .formatted(other.route(), mine)
                  : "%s claims %s too; it is younger, so it gets none of these requests"
                      .formatted(other.route(), mine)));
    }
    int byHost = Hostnames.SPECIFIC_FIRST.compare(other.host(), mine.host());
    int order =
        byHost != 0 ? byHost : RouteMatch.SPECIFIC_FIRST.compare(other.match(), mine.match());
    boolean takes = order < 0 || order == 0 && OLDER_FIRST.compare(other.route(), mine.route()) < 0;
    return takes
        ? Optional.of(
            new Shadow(
                route,
                false,
                "%s takes the requests for %s, a part of those for %s"
                    .formatted(other.route(), other, mine)))
        : Optional.empty();
  }

  private static List<Parent> accepted(RouteView route) {
    return Parents.of(route).stream().filter(parent -> !refused(route, parent)).toList();
  }

  /** A parent that said no sends no requests to the route. */
  private static boolean refused(RouteView route, Parent parent) {
    return route.parents().stream()
        .filter(status ->
            status.getParentRef() != null
                && Parent.of(status.getParentRef(), route.namespace()).equals(parent))
        .flatMap(status -> list(status.getConditions()).stream())
        .anyMatch(c -> "Accepted".equals(c.getType()) && "False".equals(c.getStatus()));
  }

  private static Instant created(RouteView route) {
    String time = route.object().getMetadata().getCreationTimestamp();
    return time == null ? Instant.MAX : Instant.parse(time);
  }
}
