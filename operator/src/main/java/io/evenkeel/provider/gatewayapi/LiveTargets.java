package io.evenkeel.provider.gatewayapi;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.gatewayapi.Parents.Attachment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a probe finds a pool in its proxies: the hostnames and matches that are served. */
record LiveTargets(Targets targets) {
  LiveTarget of(Assignment assignment) {
    BalancedBackendPool pool = assignment.pool();
    Route route = pool.getSpec().route();
    if (route != null) {
      RouteView view =
          RouteView.of(
              GeneratedRoute.desired(
                  pool, route, Targets.gateways(assignment.balancerClass()), Map.of()));
      return served(List.of(new AdoptedRule(view, view.rules().getFirst())));
    }
    return switch (targets.rules(pool)) {
      case Targets.Rules.All(List<AdoptedRule> rules) -> served(rules);
      case Targets.Rules.Not not -> new LiveTarget.HttpRoute(List.of(), List.of());
    };
  }

  /**
   * The domains that the listeners leave of the hostnames; every domain when nothing limits them.
   */
  private LiveTarget served(List<AdoptedRule> rules) {
    Set<String> hosts = new LinkedHashSet<>();
    Set<PathMatch> matches = new LinkedHashSet<>();
    for (AdoptedRule each : rules) {
      List<Attachment> listeners = Parents.attachments(Parents.of(each.route()), targets::gateway);
      List<String> served =
          listeners.stream()
              .flatMap(listener ->
                  Hostnames.effective(each.route().hostnames(), listener.hostname()).stream())
              .toList();
      hosts.addAll(served.isEmpty() ? each.route().hostnames() : served);
      List<RouteMatch> all = each.rule().matches();
      List<RouteMatch> plain = all.stream().filter(RouteMatch::pathOnly).toList();
      (plain.isEmpty() ? all : plain)
          .forEach(match -> matches.add(new PathMatch(match.path().kind(), match.path().value())));
    }
    return new LiveTarget.HttpRoute(
        hosts.contains("") ? List.of() : List.copyOf(hosts), List.copyOf(matches));
  }
}
