package io.evenkeel.cli;

import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributesBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator must be allowed to do: the same list as in {@code deploy/manifests}, which a
 * test compares.
 */
final class Rights {
  private static final String OWN = "evenkeel.io";
  private static final String GATEWAY = "gateway.networking.k8s.io";
  private static final List<String> READ = List.of("get", "list", "watch");

  private Rights() {}

  /**
   * Some verbs on one kind.
   *
   * @param manifest the file in {@code deploy/manifests} that grants it
   * @param inOperatorNamespace only there; else in all namespaces
   */
  record Right(
      String manifest,
      String group,
      String resource,
      boolean inOperatorNamespace,
      List<String> verbs) {
    @Override
    public String toString() {
      return String.join(", ", verbs) + " " + resource + (group.isEmpty() ? "" : "." + group);
    }
  }

  static final List<Right> CORE =
      List.of(
          core(OWN, "balancedbackendpools", "get", "list", "watch", "patch"),
          core(OWN, "balancerclasses", "get", "list", "watch", "patch"),
          core(OWN, "balancedbackendpools/status", "patch"),
          core(OWN, "balancerclasses/status", "patch"),
          new Right("10-rbac.yaml", "", "namespaces", false, READ),
          new Right("10-rbac.yaml", "", "services", false, READ),
          new Right("10-rbac.yaml", "discovery.k8s.io", "endpointslices", false, READ),
          core("events.k8s.io", "events", "create"),
          new Right(
              "10-rbac.yaml",
              "coordination.k8s.io",
              "leases",
              true,
              List.of("get", "create", "update", "patch")),
          new Right("10-rbac.yaml", "", "secrets", true, List.of("get")));

  static final List<Right> GATEWAY_API =
      List.of(
          routes("httproutes"),
          routes("grpcroutes"),
          new Right("rooms/gatewayapi.yaml", GATEWAY, "gateways", false, READ),
          new Right("rooms/gatewayapi.yaml", GATEWAY, "gatewayclasses", false, READ),
          new Right("rooms/gatewayapi.yaml", GATEWAY, "referencegrants", false, READ));

  static final List<Right> PODS = List.of(new Right("rooms/proxies.yaml", "", "pods", false, READ));

  private static Right core(String group, String resource, String... verbs) {
    return new Right("10-rbac.yaml", group, resource, false, List.of(verbs));
  }

  private static Right routes(String resource) {
    return new Right(
        "rooms/gatewayapi.yaml",
        GATEWAY,
        resource,
        false,
        List.of("get", "list", "watch", "create", "patch", "delete"));
  }

  /**
   * The verbs of a right that are not granted.
   *
   * @param serviceAccount {@code namespace/name}; null for whoever asks
   */
  static List<String> missing(
      KubernetesClient client,
      @Nullable String serviceAccount,
      String operatorNamespace,
      Right right) {
    return right.verbs().stream()
        .filter(
            verb -> !granted(client, serviceAccount, attributes(right, verb, operatorNamespace)))
        .toList();
  }

  private static ResourceAttributes attributes(Right right, String verb, String operatorNamespace) {
    String[] parts = right.resource().split("/", 2);
    return new ResourceAttributesBuilder()
        .withGroup(right.group())
        .withResource(parts[0])
        .withSubresource(parts.length > 1 ? parts[1] : null)
        .withNamespace(right.inOperatorNamespace() ? operatorNamespace : null)
        .withVerb(verb)
        .build();
  }

  private static boolean granted(
      KubernetesClient client, @Nullable String serviceAccount, ResourceAttributes what) {
    var reviews = client.authorization().v1();
    SubjectAccessReviewStatus answer =
        serviceAccount == null
            ? reviews
                .selfSubjectAccessReview()
                .create(
                    new SelfSubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withResourceAttributes(what)
                        .endSpec()
                        .build())
                .getStatus()
            : reviews
                .subjectAccessReview()
                .create(
                    new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser("system:serviceaccount:" + serviceAccount.replace('/', ':'))
                        .withResourceAttributes(what)
                        .endSpec()
                        .build())
                .getStatus();
    return Boolean.TRUE.equals(answer.getAllowed());
  }
}
