package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Timeouts;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.ParentRef;
import io.evenkeel.api.v1alpha1.Durations;
import io.evenkeel.provider.gatewayapi.Parents.Parent;
import io.evenkeel.provider.gatewayapi.RouteView.Ref;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRefBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatchBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteTimeouts;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReferenceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The HTTPRoute that Evenkeel writes for a pool with {@code spec.route}, and how another one
 * differs from it.
 */
final class GeneratedRoute {
  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String MANAGER = "evenkeel";

  private GeneratedRoute() {}

  /** One parentRef for each Gateway of the class, or for each of the named listeners of each. */
  static List<ParentReference> parentRefs(Route route, List<ParentRef> gateways) {
    return gateways.stream()
        .flatMap(gateway ->
            route.sectionNames().isEmpty()
                ? Stream.of(parentRef(gateway, null))
                : route.sectionNames().stream().map(section -> parentRef(gateway, section)))
        .toList();
  }

  private static ParentReference parentRef(ParentRef gateway, @Nullable String section) {
    return new ParentReferenceBuilder()
        .withGroup(gateway.group())
        .withKind(gateway.kind())
        .withNamespace(gateway.namespace())
        .withName(gateway.name())
        .withSectionName(section)
        .build();
  }

  /**
   * The whole route, every field that Evenkeel owns written out.
   *
   * @param weights per backend of the pool; a backend without one gets 0
   */
  static HTTPRoute desired(
      BalancedBackendPool pool,
      Route route,
      List<ParentRef> gateways,
      Map<String, Integer> weights) {
    var metadata = pool.getMetadata();
    return new HTTPRouteBuilder()
        .withNewMetadata()
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .addToLabels(MANAGED_BY, MANAGER)
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(pool.getApiVersion())
                .withKind(pool.getKind())
                .withName(metadata.getName())
                .withUid(metadata.getUid())
                .withController(true)
                .build())
        .endMetadata()
        .withNewSpec()
        .withParentRefs(parentRefs(route, gateways))
        .withHostnames(route.hostnames())
        .addNewRule()
        .withMatches(route.matches().stream().map(GeneratedRoute::match).toList())
        .withTimeouts(timeouts(route.timeouts()))
        .withBackendRefs(
            pool.getSpec().backends().stream()
                .map(backend ->
                    new HTTPBackendRefBuilder()
                        .withGroup("")
                        .withKind("Service")
                        .withNamespace(
                            metadata.getNamespace().equals(backend.service().namespace())
                                ? null
                                : backend.service().namespace())
                        .withName(backend.service().name())
                        .withPort(backend.service().port())
                        .withWeight(weights.getOrDefault(backend.name(), 0))
                        .build())
                .toList())
        .endRule()
        .endSpec()
        .build();
  }

  private static HTTPRouteMatch match(
      io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Match match) {
    return new HTTPRouteMatchBuilder()
        .withNewPath(match.path().type().name(), match.path().value())
        .build();
  }

  private static @Nullable HTTPRouteTimeouts timeouts(@Nullable Timeouts timeouts) {
    return timeouts == null || timeouts.request() == null
        ? null
        : new HTTPRouteTimeouts(null, Durations.format(timeouts.request()));
  }

  /**
   * Whether a route is the one generated for this pool, by the pool's uid: a name can be anybody's.
   */
  static boolean isOf(HasMetadata route, BalancedBackendPool pool) {
    String uid = pool.getMetadata().getUid();
    return uid != null
        && list(route.getMetadata().getOwnerReferences()).stream()
            .anyMatch(owner -> uid.equals(owner.getUid()));
  }

  /** Everything but the weights of the pool's backends that is not as desired, a sentence each. */
  static List<String> differences(HTTPRoute desired, HTTPRoute actual) {
    List<String> found = new ArrayList<>();
    RouteView want = RouteView.of(desired);
    RouteView have = RouteView.of(actual);
    var labels = actual.getMetadata().getLabels();
    if (labels == null || !MANAGER.equals(labels.get(MANAGED_BY))) {
      found.add("the label " + MANAGED_BY + "=" + MANAGER + " is missing");
    }
    compare(found, "parentRefs", texts(Parents.of(want)), texts(Parents.of(have)));
    compare(found, "hostnames", want.hostnames(), have.hostnames());
    if (have.rules().size() != 1) {
      found.add("it has " + have.rules().size() + " rules, should have one");
    }
    if (!have.rules().isEmpty()) {
      compareRule(
          found,
          want.rules().getFirst(),
          have.rules().getFirst(),
          desired.getSpec().getRules().getFirst(),
          actual.getSpec().getRules().getFirst());
    }
    return found;
  }

  private static void compareRule(
      List<String> found, Rule want, Rule have, HTTPRouteRule desired, HTTPRouteRule actual) {
    compare(found, "matches", texts(want.matches()), texts(have.matches()));
    compare(
        found,
        "timeouts",
        List.of(text(desired.getTimeouts())),
        List.of(text(actual.getTimeouts())));
    Map<Target, Integer> wanted = weights(want);
    for (Target target : weights(have).keySet()) {
      if (!wanted.containsKey(target)) {
        found.add("backendRef " + target + " does not belong to the pool");
      }
    }
    if (have.backends().size() != have.backends().stream().map(Ref::target).distinct().count()) {
      found.add("a backendRef is there twice");
    }
    if (wanted.keySet().equals(weights(have).keySet())
        && !List.copyOf(wanted.keySet()).equals(List.copyOf(weights(have).keySet()))) {
      // Implementations that round give what is left over to the last one.
      found.add("the backendRefs are not in the pool's order");
    }
    if (!list(actual.getFilters()).isEmpty()
        || list(actual.getBackendRefs()).stream()
            .map(HTTPBackendRef::getFilters)
            .anyMatch(filters -> !list(filters).isEmpty())) {
      found.add("it has filters, should have none");
    }
    if (actual.getRetry() != null) {
      found.add("it has retries, should have none");
    }
    if (actual.getSessionPersistence() != null) {
      found.add("it has session persistence, should have none");
    }
  }

  /** Whether nothing is left to write. */
  static boolean same(HTTPRoute desired, HTTPRoute actual) {
    return differences(desired, actual).isEmpty()
        && weights(RouteView.of(desired).rules().getFirst())
            .equals(weights(RouteView.of(actual).rules().getFirst()));
  }

  /** What the rule says for each target; one that is there twice gets both weights. */
  static Map<Target, Integer> weights(Rule rule) {
    Map<Target, Integer> weights = new LinkedHashMap<>();
    rule.backends().forEach(ref -> weights.merge(ref.target(), ref.weight(), Integer::sum));
    return weights;
  }

  private static void compare(
      List<String> found, String what, Collection<String> want, Collection<String> have) {
    if (!new TreeSet<>(want).equals(new TreeSet<>(have))) {
      found.add(
          "%s are %s, should be %s".formatted(what, new TreeSet<>(have), new TreeSet<>(want)));
    }
  }

  private static List<String> texts(List<? extends Record> records) {
    return records.stream()
        .map(item ->
            item instanceof Parent(_, _, _, _, _, int port) && port != 0
                ? item + ", port " + port
                : item.toString())
        .toList();
  }

  /** Durations compare by length: {@code 10s} is {@code 10000ms}. */
  private static String text(@Nullable HTTPRouteTimeouts timeouts) {
    return timeouts == null
        ? "none"
        : Stream.of(
                length(timeouts.getRequest()).map(length -> "request " + length),
                length(timeouts.getBackendRequest()).map(length -> "backendRequest " + length))
            .flatMap(Optional::stream)
            .reduce((a, b) -> a + ", " + b)
            .orElse("none");
  }

  private static Optional<String> length(@Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    Duration duration = Durations.parse(text);
    return Optional.of(Durations.format(duration));
  }
}
