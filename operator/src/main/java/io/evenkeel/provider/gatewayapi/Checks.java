package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.or;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.ParentRef;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.provider.Outcome.Refused;
import io.evenkeel.provider.gatewayapi.Parents.Attachment;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import java.util.List;
import java.util.Optional;

/** Why a pool cannot be served as it stands: the first reason, with what to write instead. */
final class Checks {
  private Checks() {}

  static Optional<Refused> check(
      BalancedBackendPool pool, BalancerClass balancerClass, Targets targets) {
    var spec = pool.getSpec();
    if (Targets.gateways(balancerClass).isEmpty()) {
      return refused(
          Reasons.INVALID,
          "BalancerClass %s names no Gateway: write spec.gatewayAPI.parentRefs"
              .formatted(balancerClass.getMetadata().getName()));
    }
    if (spec.deletionPolicy() == DeletionPolicy.Restore) {
      return refused(
          Reasons.INVALID,
          "deletionPolicy Restore is not available for routes: write Orphan, or Delete for a"
              + " generated route");
    }
    Route route = spec.route();
    if (route != null) {
      return generated(pool, route, balancerClass, targets);
    }
    if (spec.targetRefs().isEmpty()) {
      return refused(
          Reasons.ROUTE_REQUIRED,
          "write spec.route to have a route generated, or spec.targetRefs to adopt rules of"
              + " existing ones");
    }
    return switch (targets.rules(pool)) {
      case Targets.Rules.Not(Refused why) -> Optional.of(why);
      case Targets.Rules.All(List<AdoptedRule> rules) ->
          rules.stream().flatMap(rule -> adopted(pool, rule, balancerClass).stream()).findFirst();
    };
  }

  private static Optional<Refused> generated(
      BalancedBackendPool pool, Route route, BalancerClass balancerClass, Targets targets) {
    List<ParentRef> gateways = Targets.gateways(balancerClass);
    String className = balancerClass.getMetadata().getName();
    for (ParentRef ref : gateways) {
      Optional<Gateway> gateway = targets.gateway(ref.namespace(), ref.name());
      if (gateway.isEmpty()) {
        return refused(
            Reasons.GATEWAY_NOT_FOUND,
            "there is no Gateway %s in namespace %s, which BalancerClass %s names: create it, or correct spec.gatewayAPI.parentRefs of the class"
                .formatted(ref.name(), ref.namespace(), className));
      }
      List<String> sections =
          Parents.listeners(gateway.get()).stream().map(listener -> listener.getName()).toList();
      for (String section : route.sectionNames()) {
        if (!sections.contains(section)) {
          return refused(
              Reasons.NO_MATCHING_PARENT,
              "Gateway %s/%s has no listener %s, it has %s: correct spec.route.sectionNames"
                  .formatted(ref.namespace(), ref.name(), section, String.join(", ", sections)));
        }
      }
    }
    String namespace = pool.getMetadata().getNamespace();
    List<Attachment> attachments =
        Parents.attachments(
            Parents.of(GeneratedRoute.parentRefs(route, gateways), namespace), targets::gateway);
    for (String host : route.hostnames()) {
      if (attachments.stream()
          .noneMatch(listener -> Hostnames.intersect(host, listener.hostname()).isPresent())) {
        return refused(
            Reasons.NO_MATCHING_LISTENER_HOSTNAME,
            "no HTTP listener of the class's Gateways serves %s; they serve %s"
                .formatted(
                    host,
                    attachments.stream()
                        .map(each -> each.hostname().isEmpty() ? "every host" : each.hostname())
                        .distinct()
                        .toList()));
      }
    }
    return targets
        .namesake(pool)
        .filter(found -> !GeneratedRoute.isOf(found, pool))
        .map(found -> ownedByOther(found, pool));
  }

  /** Another's route has the pool's name. */
  static Refused ownedByOther(HTTPRoute found, BalancedBackendPool pool) {
    String owner =
        RouteView.list(found.getMetadata().getOwnerReferences()).stream()
            .findFirst()
            .map(ref -> "it belongs to " + ref.getKind() + " " + ref.getName())
            .or(() ->
                RouteView.list(found.getMetadata().getManagedFields()).stream()
                    .map(entry -> "it was written by " + or(entry.getManager(), "another"))
                    .findFirst())
            .orElse("it is not of this pool");
    return new Refused(
        Reasons.ROUTE_OWNED_BY_OTHER,
        "HTTPRoute %s/%s exists and %s: adopt it with spec.targetRefs, delete it, or rename the pool"
            .formatted(pool.getMetadata().getNamespace(), pool.getMetadata().getName(), owner));
  }

  private static Optional<Refused> adopted(
      BalancedBackendPool pool, AdoptedRule rule, BalancerClass balancerClass) {
    if (Targets.parentsInClass(rule.route(), balancerClass).isEmpty()) {
      return refused(
          Reasons.NO_MATCHING_PARENT,
          "%s is not attached to any Gateway of BalancerClass %s: use a class that names its Gateway"
              .formatted(rule.route(), balancerClass.getMetadata().getName()));
    }
    return rule.check(Targets.backends(pool));
  }

  private static Optional<Refused> refused(String reason, String message) {
    return Optional.of(new Refused(reason, message));
  }
}
