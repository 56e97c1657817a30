package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.ParentRef;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Declared.Acceptance;
import io.evenkeel.core.read.Declared.ForeignOwner;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the routes of a pool declare now, by the caches: a generated one, or adopted rules. */
record RouteReader(Targets targets) {
  Declared read(Assignment assignment) {
    Route route = assignment.pool().getSpec().route();
    return route != null ? generated(assignment, route) : adopted(assignment);
  }

  private Declared generated(Assignment assignment, Route route) {
    BalancedBackendPool pool = assignment.pool();
    Optional<HTTPRoute> found = targets.namesake(pool);
    if (found.isEmpty()) {
      return Declared.absent();
    }
    HTTPRoute actual = found.get();
    List<ParentRef> gateways = Targets.gateways(assignment.balancerClass());
    HTTPRoute desired = GeneratedRoute.desired(pool, route, gateways, Map.of());
    RouteView view = RouteView.of(actual);
    boolean ours = GeneratedRoute.isOf(actual, pool);
    return new Declared(
        true,
        ours,
        view.rules().stream().limit(1).map(rule -> Targets.weights(pool, rule)).toList(),
        false,
        ours ? GeneratedRoute.differences(desired, actual) : List.of(),
        Acceptances.of(
            view,
            Parents.of(desired.getSpec().getParentRefs(), view.namespace()),
            targets::controller),
        Owners.lastWriter(actual),
        // Whoever else applies the pool's own route only drifts it; there is nothing to
        // acknowledge.
        Owners.foreignOwner(view, Optional.empty()).filter(ForeignOwner::yielding),
        shadow(view, view.rules(), Set.of(view.name())),
        RouteView.version(actual));
  }

  private Declared adopted(Assignment assignment) {
    BalancedBackendPool pool = assignment.pool();
    List<AdoptedRule> rules;
    switch (targets.rules(pool)) {
      case Targets.Rules.Not(Outcome.Refused why) -> {
        return new Declared(
            false,
            false,
            List.of(),
            false,
            List.of(),
            new Acceptance.Refused(why.reason(), why.message()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "");
      }
      case Targets.Rules.All(List<AdoptedRule> all) -> rules = all;
    }
    List<SortedMap<String, Integer>> weights =
        rules.stream().map(rule -> Targets.weights(pool, rule.rule())).toList();
    Collection<List<AdoptedRule>> routes = AdoptedRule.byRoute(rules);
    Set<String> own =
        routes.stream()
            .map(each -> each.getFirst().route())
            .filter(route -> route.kind().equals("HTTPRoute"))
            .map(RouteView::name)
            .collect(Collectors.toSet());
    return new Declared(
        true,
        true,
        weights,
        rules.stream().anyMatch(rule -> Targets.shared(pool, rule.rule())),
        routes.stream()
            .map(each -> each.getFirst().route())
            .filter(route -> GeneratedRoute.isOf(route.object(), pool))
            .map(route -> route + " still belongs to the pool and would be deleted with it")
            .toList(),
        routes.stream()
            .map(each -> each.getFirst().route())
            .<Acceptance>map(route ->
                Acceptances.of(
                    route,
                    Targets.parentsInClass(route, assignment.balancerClass()),
                    targets::controller))
            .collect(Collectors.collectingAndThen(Collectors.toList(), Acceptances::worst)),
        routes.stream()
            .flatMap(each -> Owners.lastWriter(each.getFirst().route().object()).stream())
            .max(Comparator.comparing(Declared.Writer::time)),
        rules.stream()
            .flatMap(each -> Owners.foreignOwner(each.route(), each.rule().name()).stream())
            .min(Comparator.comparing(owner -> !owner.yielding())),
        routes.stream()
            .flatMap(each ->
                shadow(each.getFirst().route(), each.stream().map(AdoptedRule::rule).toList(), own)
                    .stream())
            .min(Comparator.comparing(shadow -> !shadow.wins())),
        routes.stream()
            .map(each -> RouteView.version(each.getFirst().route().object()))
            .collect(Collectors.joining(Declared.BETWEEN)));
  }

  /**
   * A Gateway may hold a thousand routes, and each pass of each pool asks: so only those are opened
   * that share a Gateway and a host with this one.
   *
   * <p>HTTPRoutes against HTTPRoutes; how a GRPCRoute and an HTTPRoute share a hostname is up to
   * the implementation.
   */
  private Optional<Declared.Shadow> shadow(RouteView mine, List<Rule> rules, Set<String> own) {
    if (!mine.kind().equals("HTTPRoute")) {
      return Optional.empty();
    }
    Set<String> gateways =
        Parents.of(mine).stream()
            .map(parent -> parent.namespace() + "/" + parent.name())
            .collect(Collectors.toSet());
    Stream<RouteView> others =
        targets
            .caches()
            .all(HTTPRoute.class)
            .filter(route ->
                route.getSpec() != null
                    && Parents.share(
                        list(route.getSpec().getParentRefs()),
                        route.getMetadata().getNamespace(),
                        gateways))
            .filter(route -> Hostnames.meet(mine.hostnames(), list(route.getSpec().getHostnames())))
            .filter(route ->
                !(mine.namespace().equals(route.getMetadata().getNamespace())
                    && own.contains(route.getMetadata().getName())))
            .map(RouteView::of);
    return Shadows.find(mine, rules, others, targets::gateway);
  }
}
