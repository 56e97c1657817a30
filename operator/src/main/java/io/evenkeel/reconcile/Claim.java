package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.provider.ProviderRoom.Caches;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something that one pool of a class has for itself alone.
 *
 * @param what for people, and the same text for the same thing
 * @param carried since when a route carries it: the route's creationTimestamp, by which Gateway API
 *     decides ties too
 */
record Claim(Kind kind, String what, Optional<Instant> carried) {
  /** What says more comes later. */
  enum Kind {
    /** A host with a path, in a route that is generated from the pool's own spec. */
    HOST,
    /** A host with a path, in a route that the pool adopts: it comes and goes with the route. */
    ADOPTED_HOST,
    /** A rule of an adopted route. */
    RULE,
    /** A backend section of HAProxy. */
    BACKEND
  }

  /** All that a pool claims, as its spec and the routes are now. */
  static Set<Claim> of(BalancedBackendPool pool, BalancerClass balancerClass, Caches routes) {
    String namespace = pool.getMetadata().getNamespace();
    String name = pool.getMetadata().getName();
    var haproxy = balancerClass.getSpec().haproxy();
    if (haproxy != null) {
      String backend = haproxy.backendNameOf(namespace, name);
      return Set.of(
          new Claim(Kind.BACKEND, "backend " + backend + " of the proxies", Optional.empty()));
    }
    Set<Claim> claims = new HashSet<>();
    Route route = pool.getSpec().route();
    if (route != null) {
      Optional<HTTPRoute> own =
          routes.get(HTTPRoute.class, namespace, name).filter(found -> isOf(found, pool));
      Set<String> written =
          own.map(found -> hosts(found, orEmpty(found.getSpec().getRules()))).orElse(Set.of());
      for (String host : route.hostnames()) {
        for (var match : route.matches()) {
          String what = what(host, match.path().type().name(), match.path().value());
          claims.add(
              new Claim(Kind.HOST, what, own.filter(r -> written.contains(what)).map(Claim::age)));
        }
      }
    }
    for (TargetRef ref : pool.getSpec().targetRefs()) {
      Optional<HTTPRoute> adopted =
          "HTTPRoute".equals(ref.kind())
              ? routes.get(HTTPRoute.class, namespace, ref.name())
              : Optional.empty();
      List<HTTPRouteRule> rules =
          adopted.map(found -> orEmpty(found.getSpec().getRules())).orElse(List.of());
      String rule =
          ref.sectionName() != null || rules.size() != 1
              ? orEmpty(ref.sectionName())
              : orEmpty(rules.getFirst().getName());
      claims.add(
          new Claim(
              Kind.RULE,
              "rule %s of %s %s/%s".formatted(rule, ref.kind(), namespace, ref.name()),
              Optional.empty()));
      adopted.ifPresent(found -> {
        List<HTTPRouteRule> mine =
            rules.stream().filter(each -> orEmpty(each.getName()).equals(rule)).toList();
        hosts(found, mine)
            .forEach(
                what -> claims.add(new Claim(Kind.ADOPTED_HOST, what, Optional.of(age(found)))));
      });
    }
    return Set.copyOf(claims);
  }

  /**
   * Each host with each path of these rules. A match that asks for more than a path (a header, a
   * method) takes only some of the requests, and is no claim to all of them.
   */
  private static Set<String> hosts(HTTPRoute route, List<HTTPRouteRule> rules) {
    List<String> named = orEmpty(route.getSpec().getHostnames());
    return (named.isEmpty() ? Stream.of("*") : named.stream())
        .flatMap(host -> rules.stream().flatMap(rule -> paths(rule).map(path -> host + path)))
        .collect(Collectors.toSet());
  }

  private static Stream<String> paths(HTTPRouteRule rule) {
    List<HTTPRouteMatch> matches = orEmpty(rule.getMatches());
    return matches.isEmpty()
        ? Stream.of(what("", "PathPrefix", "/"))
        : matches.stream()
            .filter(match ->
                match.getMethod() == null
                    && orEmpty(match.getHeaders()).isEmpty()
                    && orEmpty(match.getQueryParams()).isEmpty())
            .map(match ->
                match.getPath() == null
                    ? what("", "PathPrefix", "/")
                    : what(
                        "",
                        orDefault(match.getPath().getType(), "PathPrefix"),
                        orDefault(match.getPath().getValue(), "/")));
  }

  private static String what(String host, String type, String path) {
    String whole =
        type.equals("PathPrefix") && path.length() > 1 && path.endsWith("/")
            ? path.substring(0, path.length() - 1)
            : path;
    return host.toLowerCase(Locale.ROOT)
        + whole
        + (type.equals("PathPrefix") ? "" : " (" + type + ")");
  }

  private static boolean isOf(HTTPRoute route, BalancedBackendPool pool) {
    return orEmpty(route.getMetadata().getOwnerReferences()).stream()
        .anyMatch(owner -> owner.getUid().equals(pool.getMetadata().getUid()));
  }

  private static Instant age(HTTPRoute route) {
    String created = route.getMetadata().getCreationTimestamp();
    return created == null ? Instant.MAX : Instant.parse(created);
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? new ArrayList<>() : list;
  }

  private static String orEmpty(@Nullable String text) {
    return orDefault(text, "");
  }

  private static String orDefault(@Nullable String text, String otherwise) {
    return text == null ? otherwise : text;
  }
}
