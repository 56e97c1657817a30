package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;

import io.evenkeel.api.v1alpha1.WellKnown;
import io.evenkeel.core.read.Declared.ForeignOwner;
import io.evenkeel.core.read.Declared.Writer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who else writes a route: read from its managed fields, and from the marks that other programs
 * leave.
 */
final class Owners {
  private static final Set<String> ARGO_MANAGERS =
      Set.of("argocd-controller", "argocd-application-controller");
  private static final String FLUX_MANAGER = "kustomize-controller";
  private static final String FLUX_HELM_MANAGER = "helm-controller";

  private Owners() {}

  /**
   * The last one other than Evenkeel that wrote the spec, by the API server's own record (to the
   * second).
   */
  static Optional<Writer> lastWriter(HasMetadata object) {
    return specWriters(object)
        .filter(entry -> entry.getTime() != null)
        .map(entry ->
            new Writer(entry.getManager(), entry.getOperation(), Instant.parse(entry.getTime())))
        .max(Comparator.comparing(Writer::time).thenComparing(Writer::manager));
  }

  /**
   * Who claims the rules of an adopted route. Those that run something come first: to them Evenkeel
   * yields.
   *
   * @param rule the rule the pool adopts, for the snippet
   */
  static Optional<ForeignOwner> foreignOwner(RouteView route, Optional<String> rule) {
    HasMetadata object = route.object();
    Map<String, String> labels = map(object.getMetadata().getLabels());
    Map<String, String> annotations = map(object.getMetadata().getAnnotations());
    Set<String> managers =
        Set.copyOf(specWriters(object).map(ManagedFieldsEntry::getManager).distinct().toList());
    if ("in-progress".equals(labels.get("rollouts.argoproj.io/gatewayapi-canary"))) {
      return Optional.of(
          new ForeignOwner(
              "Argo Rollouts",
              "a rollout is running on " + route + "; Evenkeel goes on when it has ended",
              true));
    }
    Optional<String> canary =
        list(object.getMetadata().getOwnerReferences()).stream()
            .filter(owner -> "Canary".equals(owner.getKind()))
            .filter(owner -> owner.getApiVersion().startsWith("flagger.app/"))
            .map(owner -> owner.getName())
            .findFirst();
    if (canary.isPresent()) {
      return Optional.of(
          new ForeignOwner(
              "Flagger",
              "Flagger's Canary "
                  + canary.get()
                  + " writes the weights of "
                  + route
                  + "; remove the route from the pool's targetRefs, or delete the Canary",
              true));
    }
    if (annotations.containsKey("argocd.argoproj.io/tracking-id")
        || labels.containsKey("argocd.argoproj.io/instance")
        || managers.stream().anyMatch(ARGO_MANAGERS::contains)) {
      return Optional.of(new ForeignOwner("Argo CD", argoRemedy(route, rule), false));
    }
    if (hasPrefix(labels, "helm.toolkit.fluxcd.io/") || managers.contains(FLUX_HELM_MANAGER)) {
      return Optional.of(new ForeignOwner("Flux (HelmRelease)", fluxHelmRemedy(route), false));
    }
    if (hasPrefix(labels, "kustomize.toolkit.fluxcd.io/") || managers.contains(FLUX_MANAGER)) {
      return Optional.of(new ForeignOwner("Flux (Kustomization)", fluxRemedy(route), false));
    }
    if ("Helm".equals(labels.get("app.kubernetes.io/managed-by")) || managers.contains("helm")) {
      return Optional.of(
          new ForeignOwner(
              "Helm",
              "helm upgrade writes the rules of "
                  + route
                  + " again when the chart's own rules changed, and only then; Evenkeel follows"
                  + " each time. Accept that with spec.adoption.acknowledgeForeignOwner: true",
              false));
    }
    return Optional.empty();
  }

  /** In the Application; RespectIgnoreDifferences keeps a sync from writing the weights back. */
  private static String argoRemedy(RouteView route, Optional<String> rule) {
    String path =
        rule.map(
                name -> ".spec.rules[] | select(.name == \"" + name + "\") | .backendRefs[].weight")
            .orElse(".spec.rules[].backendRefs[].weight");
    return """
    let Argo CD leave the weights alone, in the Application that holds %s:
    spec:
      ignoreDifferences:
      - group: %s
        kind: %s
        namespace: %s
        name: %s
        jqPathExpressions:
        - '%s'
      syncPolicy:
        syncOptions:
        - RespectIgnoreDifferences=true
    then set spec.adoption.acknowledgeForeignOwner: true in the pool\
    """
        .formatted(route, RouteView.GROUP, route.kind(), route.namespace(), route.name(), path);
  }

  /**
   * Flux applies server-side and rules are an atomic list, so it cannot leave out a weight: the
   * route as a whole is created once and then left alone.
   */
  private static String fluxRemedy(RouteView route) {
    return """
    let Flux create %s and then leave it alone, in the Kustomization that holds it:
    spec:
      patches:
      - target: {group: %s, kind: %s, name: %s, namespace: %s}
        patch: |
          apiVersion: %s
          kind: %s
          metadata:
            name: %s
            annotations:
              kustomize.toolkit.fluxcd.io/ssa: IfNotPresent
    then set spec.adoption.acknowledgeForeignOwner: true in the pool. Flux then does not apply \
    later changes of this route in Git until the annotation is removed\
    """
        .formatted(
            route,
            RouteView.GROUP,
            route.kind(),
            route.name(),
            route.namespace(),
            route.object().getApiVersion(),
            route.kind(),
            route.name());
  }

  private static String fluxHelmRemedy(RouteView route) {
    return """
    let Flux's drift detection leave the rules of %s alone, in the HelmRelease that holds it:
    spec:
      driftDetection:
        mode: enabled
        ignore:
        - paths: ["/spec/rules"]
          target: {group: %s, kind: %s, name: %s, namespace: %s}
    then set spec.adoption.acknowledgeForeignOwner: true in the pool\
    """
        .formatted(route, RouteView.GROUP, route.kind(), route.name(), route.namespace());
  }

  private static Stream<ManagedFieldsEntry> specWriters(HasMetadata object) {
    return list(object.getMetadata().getManagedFields()).stream()
        .filter(entry -> entry.getManager() != null)
        .filter(entry -> !WellKnown.FIELD_MANAGER.equals(entry.getManager()))
        .filter(entry -> entry.getSubresource() == null || entry.getSubresource().isEmpty())
        .filter(entry ->
            entry.getFieldsV1() != null
                && entry.getFieldsV1().getAdditionalProperties().containsKey("f:spec"));
  }

  private static boolean hasPrefix(Map<String, String> labels, String prefix) {
    return labels.keySet().stream().anyMatch(key -> key.startsWith(prefix));
  }

  private static Map<String, String> map(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }
}
