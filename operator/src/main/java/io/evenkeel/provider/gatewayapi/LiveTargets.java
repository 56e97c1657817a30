package io.evenkeel.provider.gatewayapi;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveTarget.HostMatch;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome.Refused;
import io.evenkeel.provider.gatewayapi.Parents.Attachment;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a probe finds a pool in its proxies: the hostnames and paths that are served. */
record LiveTargets(Targets targets) {
  LiveTarget of(Assignment assignment) {
    BalancedBackendPool pool = assignment.pool();
    Route route = pool.getSpec().route();
    if (route != null) {
      RouteView view =
          RouteView.of(
              GeneratedRoute.desired(
                  pool, route, Targets.gateways(assignment.balancerClass()), Map.of()));
      return served(
          List.of(new AdoptedRule(view, view.rules().getFirst())), assignment.balancerClass());
    }
    return switch (targets.rules(pool)) {
      case Targets.Rules.All(List<AdoptedRule> rules) -> served(rules, assignment.balancerClass());
      case Targets.Rules.Not(Refused why) -> new LiveTarget.Unreadable(why.reason(), why.message());
    };
  }

  /**
   * Each rule's paths on its own route's hosts: what a route serves at a Gateway of another class
   * is not in the proxies of this one.
   */
  private LiveTarget served(List<AdoptedRule> rules, BalancerClass balancerClass) {
    Set<HostMatch> served = new HashSet<>();
    for (AdoptedRule each : rules) {
      List<RouteMatch> plain = each.rule().matches().stream().filter(RouteMatch::pathOnly).toList();
      if (plain.isEmpty()) {
        return new LiveTarget.Unreadable(
            Reasons.NOT_SUPPORTED,
            "%s matches by method, headers or query only, and a proxy is read by path: add a match by path alone to have it read"
                .formatted(each));
      }
      for (String host : hosts(each.route(), balancerClass)) {
        for (RouteMatch match : plain) {
          served.add(new HostMatch(host, new PathMatch(match.path().kind(), match.path().value())));
        }
      }
    }
    return new LiveTarget.HttpRoute(served);
  }

  /**
   * The domains that the class's listeners leave of a route's hostnames; the empty one, which is
   * every domain, when nothing limits them.
   */
  private Set<String> hosts(RouteView route, BalancerClass balancerClass) {
    List<Attachment> listeners =
        Parents.attachments(Targets.parentsInClass(route, balancerClass), targets::gateway);
    Set<String> hosts = new HashSet<>();
    listeners.forEach(
        listener -> hosts.addAll(Hostnames.effective(route.hostnames(), listener.hostname())));
    if (hosts.isEmpty()) {
      hosts.addAll(route.hostnames());
    }
    return hosts.isEmpty() || hosts.contains("") ? Set.of("") : hosts;
  }
}
