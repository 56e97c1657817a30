package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.or;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Backend;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.ParentRef;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.provider.Outcome.Refused;
import io.evenkeel.provider.ProviderRoom.Caches;
import io.evenkeel.provider.gatewayapi.AdoptedRule.Lookup;
import io.evenkeel.provider.gatewayapi.Parents.Parent;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a pool and a class refer to, looked up in the caches. */
record Targets(Caches caches, boolean grpcServed) {

  /** The rules of an adopting pool: all of them, or the first reason why not. */
  sealed interface Rules {
    record All(List<AdoptedRule> rules) implements Rules {}

    record Not(Refused why) implements Rules {}
  }

  Rules rules(BalancedBackendPool pool) {
    List<AdoptedRule> found = new ArrayList<>();
    for (TargetRef ref : pool.getSpec().targetRefs()) {
      switch (find(pool.getMetadata().getNamespace(), ref)) {
        case Lookup.Found(AdoptedRule rule) -> found.add(rule);
        case Lookup.Missing(Refused why) -> {
          return new Rules.Not(why);
        }
      }
    }
    return new Rules.All(found);
  }

  private Lookup find(String namespace, TargetRef ref) {
    boolean grpc = ref.kind().equals("GRPCRoute");
    if (!ref.group().equals(RouteView.GROUP) || !grpc && !ref.kind().equals("HTTPRoute")) {
      return missing(
          Reasons.ROUTE_NOT_SUPPORTED,
          "%s %s cannot be adopted: name an HTTPRoute or a GRPCRoute of %s"
              .formatted(ref.group(), ref.kind(), RouteView.GROUP));
    }
    if (grpc && !grpcServed) {
      return missing(
          Reasons.ROUTE_NOT_SUPPORTED,
          "this cluster does not serve GRPCRoutes of %s/v1: install that CRD, or name an HTTPRoute"
              .formatted(RouteView.GROUP));
    }
    Optional<RouteView> route =
        grpc
            ? caches.get(GRPCRoute.class, namespace, ref.name()).map(RouteView::of)
            : caches.get(HTTPRoute.class, namespace, ref.name()).map(RouteView::of);
    return route
        .map(view -> AdoptedRule.find(view, ref))
        .orElseGet(() ->
            missing(
                Reasons.TARGET_NOT_FOUND,
                "there is no %s %s in namespace %s: create it, or correct spec.targetRefs"
                    .formatted(ref.kind(), ref.name(), namespace)));
  }

  private static Lookup missing(String reason, String message) {
    return new Lookup.Missing(new Refused(reason, message));
  }

  /** The route of the pool's name, whoever made it. */
  Optional<HTTPRoute> namesake(BalancedBackendPool pool) {
    return caches.get(
        HTTPRoute.class, pool.getMetadata().getNamespace(), pool.getMetadata().getName());
  }

  Optional<Gateway> gateway(String namespace, String name) {
    return caches.get(Gateway.class, namespace, name);
  }

  /** The controller behind a parent, if Gateway and GatewayClass are known. */
  Optional<String> controller(Parent parent) {
    return gateway(parent.namespace(), parent.name()).flatMap(this::controller);
  }

  Optional<String> controller(Gateway gateway) {
    return Optional.ofNullable(gateway.getSpec())
        .flatMap(spec -> Optional.ofNullable(spec.getGatewayClassName()))
        .flatMap(name -> caches.get(GatewayClass.class, "", name))
        .flatMap(found -> Optional.ofNullable(found.getSpec()))
        .flatMap(spec -> Optional.ofNullable(spec.getControllerName()));
  }

  /** Which object each backend of the pool names, in the pool's order. */
  static Map<String, Target> backends(BalancedBackendPool pool) {
    Map<String, Target> targets = new LinkedHashMap<>();
    for (Backend backend : pool.getSpec().backends()) {
      targets.put(
          backend.name(),
          Target.service(
              or(backend.service().namespace(), pool.getMetadata().getNamespace()),
              backend.service().name(),
              backend.service().port()));
    }
    return targets;
  }

  /** What a rule says for each backend of the pool; a backend that the rule lacks is absent. */
  static SortedMap<String, Integer> weights(BalancedBackendPool pool, Rule rule) {
    Map<Target, Integer> written = GeneratedRoute.weights(rule);
    SortedMap<String, Integer> weights = new TreeMap<>();
    backends(pool)
        .forEach((name, target) -> {
          Integer weight = written.get(target);
          if (weight != null) {
            weights.put(name, weight);
          }
        });
    return weights;
  }

  /** Whether a rule has backendRefs of others beside the pool's. */
  static boolean shared(BalancedBackendPool pool, Rule rule) {
    return !backends(pool).values().containsAll(GeneratedRoute.weights(rule).keySet());
  }

  /** The Gateways of a class; none when it has no such block. */
  static List<ParentRef> gateways(BalancerClass balancerClass) {
    var block = balancerClass.getSpec().gatewayAPI();
    return block == null ? List.of() : block.parentRefs();
  }

  /** Those parents of a route that are Gateways of the class. */
  static List<Parent> parentsInClass(RouteView route, BalancerClass balancerClass) {
    return Parents.of(route).stream()
        .filter(parent ->
            gateways(balancerClass).stream()
                .anyMatch(gateway ->
                    gateway.group().equals(parent.group())
                        && gateway.kind().equals(parent.kind())
                        && gateway.namespace().equals(parent.namespace())
                        && gateway.name().equals(parent.name())))
        .toList();
  }
}
