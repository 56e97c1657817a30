package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;
import static io.evenkeel.provider.gatewayapi.RouteView.or;

import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.read.Declared.Acceptance;
import io.evenkeel.core.read.Declared.Acceptance.Accepted;
import io.evenkeel.core.read.Declared.Acceptance.Pending;
import io.evenkeel.core.read.Declared.Acceptance.Refused;
import io.evenkeel.provider.gatewayapi.Parents.Parent;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the controllers say about a route at its present generation: accepted only if all that
 * matter say so.
 */
final class Acceptances {
  private Acceptances() {}

  /**
   * Every expected parent must have been accepted by its own controller. Entries of other
   * controllers and of other parents do not count: with several Gateway controllers in a cluster
   * some write where they should not.
   *
   * @param controllerOf the controller name of a parent's GatewayClass; every entry counts when it
   *     is not known
   */
  static Acceptance of(
      RouteView route, List<Parent> expected, Function<Parent, Optional<String>> controllerOf) {
    if (expected.isEmpty()) {
      return new Refused(
          Reasons.NO_MATCHING_PARENT,
          route + " is not attached to any Gateway of the pool's class");
    }
    return worst(
        expected.stream().map(parent -> of(route, parent, controllerOf.apply(parent))).toList());
  }

  private static Acceptance of(RouteView route, Parent parent, Optional<String> controller) {
    List<RouteParentStatus> entries =
        route.parents().stream()
            .filter(status -> status.getParentRef() != null)
            .filter(status -> Parent.of(status.getParentRef(), route.namespace()).equals(parent))
            .filter(status ->
                controller.isEmpty() || controller.get().equals(status.getControllerName()))
            .toList();
    if (entries.isEmpty()) {
      return new Pending(
          Reasons.NOT_SEEN,
          controller.map(name -> name + " has").orElse("no controller has")
              + (controller.isPresent() ? " not yet" : " yet")
              + " reported on "
              + route
              + " at "
              + parent);
    }
    long generation =
        route.object().getMetadata().getGeneration() == null
            ? 0
            : route.object().getMetadata().getGeneration();
    return worst(
        entries.stream().map(entry -> of(route.toString(), parent, entry, generation)).toList());
  }

  private static Acceptance of(
      String route, Parent parent, RouteParentStatus entry, long generation) {
    String who = or(entry.getControllerName(), "a controller") + " at " + parent;
    Optional<Condition> partly = condition(entry, "PartiallyInvalid");
    if (partly.isPresent() && is(partly.get(), "True") && current(partly.get(), generation)) {
      return refused(who + " dropped a part of " + route, partly.get());
    }
    for (String type : List.of(Reasons.ACCEPTED, Reasons.RESOLVED_REFS)) {
      Optional<Condition> found = condition(entry, type);
      if (found.isEmpty()) {
        return new Pending(
            type.equals(Reasons.ACCEPTED) ? Reasons.NOT_ACCEPTED : Reasons.NOT_RESOLVED_REFS,
            who + " has not yet said whether " + route + " is " + type);
      }
      Condition condition = found.get();
      if (!current(condition, generation)) {
        return new Pending(
            Reasons.OLD_GENERATION,
            "%s speaks of generation %s of %s, the present one is %d"
                .formatted(who, condition.getObservedGeneration(), route, generation));
      }
      if (is(condition, "False")) {
        return refused(who + " refuses " + route, condition);
      }
      if (!is(condition, "True")) {
        return new Pending(
            or(condition.getReason(), Reasons.PENDING), who + " has not decided on " + route);
      }
    }
    return new Accepted();
  }

  private static Refused refused(String sentence, Condition condition) {
    String reason = or(condition.getReason(), condition.getType());
    String message = or(condition.getMessage(), "");
    return new Refused(
        reason, sentence + ": " + reason + (message.isEmpty() ? "" : " (" + message + ")"));
  }

  private static boolean current(Condition condition, long generation) {
    return condition.getObservedGeneration() != null
        && condition.getObservedGeneration() == generation;
  }

  private static boolean is(Condition condition, String status) {
    return status.equals(condition.getStatus());
  }

  private static Optional<Condition> condition(RouteParentStatus entry, String type) {
    return list(entry.getConditions()).stream().filter(c -> type.equals(c.getType())).findFirst();
  }

  /** Refused before Pending before Accepted; the first of its kind. */
  static Acceptance worst(Collection<Acceptance> acceptances) {
    return acceptances.stream()
        .min(
            Comparator.comparingInt(acceptance ->
                switch (acceptance) {
                  case Refused refused -> 0;
                  case Pending pending -> 1;
                  case Accepted accepted -> 2;
                }))
        .orElseThrow();
  }
}
