package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.core.read.Declared.ForeignOwner;
import io.evenkeel.core.read.Declared.Writer;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnersTest {
  private static RouteView route(String metadata) {
    return RouteView.of(
        Fixtures.route(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata:
              name: web
              namespace: shop
            """
                + metadata.indent(2)));
  }

  private static String managed(String manager, String operation, String time, String fields) {
    return """
    - {manager: %s, operation: %s, time: "%s", fieldsType: FieldsV1, fieldsV1: {%s}}
    """
        .formatted(manager, operation, time, fields);
  }

  @Test
  void theLastOtherWriterOfTheSpecIsNamed() {
    RouteView route =
        route(
            "managedFields:\n"
                + managed("kubectl", "Apply", "2026-01-01T00:00:00Z", "\"f:spec\": {}")
                + managed("kubectl-edit", "Update", "2026-02-01T00:00:00Z", "\"f:spec\": {}")
                + managed("evenkeel", "Apply", "2026-03-01T00:00:00Z", "\"f:spec\": {}")
                + managed("labeller", "Update", "2026-03-01T00:00:00Z", "\"f:metadata\": {}")
                + "- {manager: contour, operation: Update, time: \"2026-04-01T00:00:00Z\","
                + " subresource: status, fieldsV1: {\"f:spec\": {}}}\n");
    assertThat(Owners.lastWriter(route.object()))
        .contains(new Writer("kubectl-edit", "Update", Instant.parse("2026-02-01T00:00:00Z")));
  }

  @Test
  void nobodyElseWroteIt() {
    assertThat(
            Owners.lastWriter(
                route(
                        "managedFields:\n"
                            + managed(
                                "evenkeel", "Apply", "2026-03-01T00:00:00Z", "\"f:spec\": {}"))
                    .object()))
        .isEmpty();
    assertThat(Owners.lastWriter(route("labels: {}").object())).isEmpty();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "annotations: {argocd.argoproj.io/tracking-id: x} | Argo CD | false",
        "labels: {argocd.argoproj.io/instance: x} | Argo CD | false",
        "MANAGER argocd-controller | Argo CD | false",
        "MANAGER argocd-application-controller | Argo CD | false",
        "labels: {app.kubernetes.io/instance: x} | none | false",
        "labels: {kustomize.toolkit.fluxcd.io/name: x} | Flux (Kustomization) | false",
        "MANAGER kustomize-controller | Flux (Kustomization) | false",
        "labels: {helm.toolkit.fluxcd.io/name: x, app.kubernetes.io/managed-by: Helm} | Flux"
            + " (HelmRelease) | false",
        "MANAGER helm-controller | Flux (HelmRelease) | false",
        "labels: {app.kubernetes.io/managed-by: Helm} | Helm | false",
        "MANAGER helm | Helm | false",
        "labels: {rollouts.argoproj.io/gatewayapi-canary: in-progress, argocd.argoproj.io/instance:"
            + " x} | Argo Rollouts | true",
        "ownerReferences: [{apiVersion: flagger.app/v1beta1, kind: Canary, name: c, uid: u}] |"
            + " Flagger | true",
        "ownerReferences: [{apiVersion: other.example/v1, kind: Canary, name: c, uid: u}] | none |"
            + " false",
        "MANAGER kubectl | none | false",
        "MANAGER evenkeel | none | false",
      })
  void foreignOwners(String mark, String name, boolean yielding) {
    String metadata =
        mark.startsWith("MANAGER ")
            ? "managedFields:\n"
                + managed(mark.substring(8), "Update", "2026-01-01T00:00:00Z", "\"f:spec\": {}")
            : mark;
    Optional<ForeignOwner> owner = Owners.foreignOwner(route(metadata), Optional.of("main"));
    assertThat(owner.map(ForeignOwner::name).orElse("none")).isEqualTo(name);
    assertThat(owner.map(ForeignOwner::yielding).orElse(false)).isEqualTo(yielding);
  }

  @Test
  void theRemedyForArgoCdIsASnippetForThisRule() {
    ForeignOwner owner =
        Owners.foreignOwner(
                route("annotations: {argocd.argoproj.io/tracking-id: x}"), Optional.of("main"))
            .orElseThrow();
    assertThat(owner.remedy())
        .contains(
            """
              ignoreDifferences:
              - group: gateway.networking.k8s.io
                kind: HTTPRoute
                namespace: shop
                name: web
                jqPathExpressions:
                - '.spec.rules[] | select(.name == "main") | .backendRefs[].weight'
            """)
        .contains("RespectIgnoreDifferences=true");
  }
}
