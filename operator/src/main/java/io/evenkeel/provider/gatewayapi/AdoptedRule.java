package io.evenkeel.provider.gatewayapi;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.provider.Outcome.Refused;
import io.evenkeel.provider.gatewayapi.RouteView.Ref;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A rule of somebody else's route whose weights a pool keeps, and nothing else of it. */
record AdoptedRule(RouteView route, Rule rule) {
  /** What a targetRef leads to. */
  sealed interface Lookup {
    record Found(AdoptedRule rule) implements Lookup {}

    record Missing(Refused why) implements Lookup {}
  }

  /** The rule of this name; without a name the only rule there is. */
  static Lookup find(RouteView route, TargetRef ref) {
    List<String> names =
        route.rules().stream().flatMap(rule -> rule.name().stream()).sorted().toList();
    String known =
        names.isEmpty()
            ? "none of its rules has a name (the standard channel of Gateway API before 1.4 drops"
                + " the field)"
            : "its rules are named " + String.join(", ", names);
    Optional<String> wanted = Optional.ofNullable(ref.sectionName());
    if (wanted.isEmpty()) {
      return route.rules().size() == 1
          ? new Lookup.Found(new AdoptedRule(route, route.rules().getFirst()))
          : new Lookup.Missing(
              new Refused(
                  Reasons.RULE_NAME_REQUIRED,
                  "%s has %d rules: write the name of one of them into sectionName; %s"
                      .formatted(route, route.rules().size(), known)));
    }
    return route.rules().stream()
        .filter(rule -> rule.name().equals(wanted))
        .findFirst()
        .<Lookup>map(rule -> new Lookup.Found(new AdoptedRule(route, rule)))
        .orElseGet(() ->
            new Lookup.Missing(
                new Refused(
                    Reasons.TARGET_NOT_FOUND,
                    "%s has no rule named %s; %s".formatted(route, wanted.get(), known))));
  }

  /** Why the weights of these backends cannot be kept in this rule. */
  Optional<Refused> check(Map<String, Target> backends) {
    for (Map.Entry<String, Target> backend : backends.entrySet()) {
      long refs = refs(backend.getValue()).size();
      if (refs != 1) {
        return Optional.of(
            new Refused(
                Reasons.BACKEND_NOT_FOUND,
                refs == 0
                    ? "%s has no backendRef for %s (backend %s): add one there, or take the backend out of the pool"
                        .formatted(this, backend.getValue(), backend.getKey())
                    : "%s has %d backendRefs for %s (backend %s): leave one"
                        .formatted(this, refs, backend.getValue(), backend.getKey())));
      }
    }
    return Optional.empty();
  }

  private List<Ref> refs(Target target) {
    return rule.backends().stream().filter(ref -> ref.target().equals(target)).toList();
  }

  /**
   * A JSON Patch that sets the weights that are not yet so; empty when nothing is to be written. It
   * applies to exactly the version that it was made from, and says which rule and which backendRefs
   * it means.
   *
   * @param adopted rules of one route
   * @param weights what each target shall have
   * @param poolUid a route that this pool once generated is no longer deleted with it
   */
  static Optional<String> patch(
      List<AdoptedRule> adopted, Map<Target, Integer> weights, String poolUid) {
    List<ObjectNode> tests = new ArrayList<>();
    List<ObjectNode> writes = new ArrayList<>();
    for (AdoptedRule each : adopted) {
      String pointer = "/spec/rules/" + each.rule.index();
      List<Ref> wrong =
          each.rule.backends().stream()
              .filter(ref -> weights.containsKey(ref.target()))
              .filter(ref -> ref.weight() != weights.getOrDefault(ref.target(), ref.weight()))
              .toList();
      if (!wrong.isEmpty()) {
        each.rule.name().ifPresent(name -> tests.add(test(pointer + "/name", name)));
      }
      for (Ref ref : wrong) {
        String at = pointer + "/backendRefs/" + ref.index();
        tests.add(test(at + "/name", ref.target().name()));
        writes.add(
            operation(ref.weightWritten() ? "replace" : "add", at + "/weight")
                .put("value", weights.getOrDefault(ref.target(), ref.weight())));
      }
    }
    HasMetadata route = adopted.getFirst().route.object();
    writes.addAll(Surrender.disown(route, poolUid));
    if (writes.isEmpty()) {
      return Optional.empty();
    }
    var metadata = route.getMetadata();
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    patch.add(test("/metadata/uid", metadata.getUid()));
    patch.add(test("/metadata/resourceVersion", metadata.getResourceVersion()));
    return Optional.of(patch.addAll(tests).addAll(writes).toString());
  }

  /** The rules of each route together, in the order in which the pool names them. */
  static Collection<List<AdoptedRule>> byRoute(List<AdoptedRule> rules) {
    return rules.stream()
        .collect(
            Collectors.groupingBy(
                rule -> rule.route().toString(), LinkedHashMap::new, Collectors.toList()))
        .values();
  }

  static ObjectNode test(String pointer, String value) {
    return operation("test", pointer).put("value", value);
  }

  static ObjectNode operation(String operation, String pointer) {
    return JsonNodeFactory.instance.objectNode().put("op", operation).put("path", pointer);
  }

  @Override
  public String toString() {
    return rule.name().map(name -> "rule " + name + " of ").orElse("") + route;
  }
}
