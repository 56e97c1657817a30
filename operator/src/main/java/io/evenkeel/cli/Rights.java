package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributesBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the operator must be allowed to do: the same list as in {@code deploy/manifests}, which a
 * test compares.
 */
final class Rights {
  private static final String OWN = "evenkeel.io";
  private static final String GATEWAY = "gateway.networking.k8s.io";
  private static final String PORT_FORWARD = "opt-in/port-forward.yaml";
  private static final List<String> READ = List.of("get", "list", "watch");

  private Rights() {}

  /**
   * Some verbs on one kind.
   *
   * @param manifest the file in {@code deploy/manifests} that grants it
   * @param namespace only there; null for all namespaces
   */
  record Right(
      String manifest,
      String group,
      String resource,
      @Nullable String namespace,
      List<String> verbs) {
    /** The same for fewer verbs. */
    Right only(List<String> some) {
      return new Right(manifest, group, resource, namespace, some);
    }

    /**
     * The command that grants it.
     *
     * @param serviceAccount {@code namespace/name}
     */
    String grant(String serviceAccount) {
      String apply = "kubectl apply -f deploy/manifests/" + manifest;
      // Only a role: to whom it is bound, and in which namespace, is decided with open eyes.
      return manifest.equals(PORT_FORWARD)
          ? apply
              + " && kubectl create rolebinding evenkeel-port-forward -n "
              + namespace
              + " --clusterrole=evenkeel-port-forward --serviceaccount="
              + serviceAccount.replace('/', ':')
          : apply;
    }

    @Override
    public String toString() {
      return String.join(", ", verbs)
          + " "
          // As kubectl auth can-i takes it: pools.evenkeel.io/status.
          + (group.isEmpty() ? resource : resource.replaceFirst("(/|$)", "." + group + "$1"))
          + (namespace == null ? "" : " in " + namespace);
    }
  }

  /**
   * All that an operator needs for these classes.
   *
   * @param gatewayApi whether Gateway API is installed
   */
  static List<Right> neededFor(
      List<BalancerClass> classes, boolean gatewayApi, String operatorNamespace) {
    List<Right> needed = new ArrayList<>(core(operatorNamespace));
    if (gatewayApi) {
      needed.addAll(GATEWAY_API);
    }
    List<BalancerClassSpec.Pods> selected = classes.stream().flatMap(Rights::selected).toList();
    if (!selected.isEmpty()) {
      needed.addAll(PODS);
    }
    selected.stream()
        .filter(pods -> pods.via() == BalancerClassSpec.Via.PortForward)
        .map(BalancerClassSpec.Pods::namespace)
        .distinct()
        .sorted()
        .map(Rights::portForward)
        .forEach(needed::add);
    return List.copyOf(needed);
  }

  /** Where the pods of a class's proxies are. */
  static Stream<BalancerClassSpec.Pods> selected(BalancerClass c) {
    return Optional.ofNullable(c.getSpec().live()).stream()
        .flatMap(live -> live.fleets().stream())
        .flatMap(fleet -> Optional.ofNullable(fleet.replicas().pods()).stream());
  }

  static List<Right> core(String operatorNamespace) {
    return List.of(
        core(OWN, "balancedbackendpools", "get", "list", "watch", "patch"),
        core(OWN, "balancerclasses", "get", "list", "watch", "patch"),
        core(OWN, "balancedbackendpools/status", "patch"),
        core(OWN, "balancerclasses/status", "patch"),
        new Right("10-rbac.yaml", "", "namespaces", null, READ),
        new Right("10-rbac.yaml", "", "services", null, READ),
        new Right("10-rbac.yaml", "discovery.k8s.io", "endpointslices", null, READ),
        core("events.k8s.io", "events", "create"),
        new Right(
            "10-rbac.yaml",
            "coordination.k8s.io",
            "leases",
            operatorNamespace,
            List.of("get", "create", "update", "patch")),
        new Right("10-rbac.yaml", "", "secrets", operatorNamespace, List.of("get")));
  }

  static final List<Right> GATEWAY_API =
      List.of(
          routes("httproutes"),
          routes("grpcroutes"),
          new Right("rooms/gatewayapi.yaml", GATEWAY, "gateways", null, READ),
          new Right("rooms/gatewayapi.yaml", GATEWAY, "gatewayclasses", null, READ),
          new Right("rooms/gatewayapi.yaml", GATEWAY, "referencegrants", null, READ));

  static final List<Right> PODS = List.of(new Right("rooms/proxies.yaml", "", "pods", null, READ));

  /**
   * To reach proxies that listen on their pod's localhost only. The API server asks for the verb
   * get up to Kubernetes 1.34, for create from then on.
   */
  static Right portForward(String namespace) {
    return new Right(PORT_FORWARD, "", "pods/portforward", namespace, List.of("get", "create"));
  }

  private static Right core(String group, String resource, String... verbs) {
    return new Right("10-rbac.yaml", group, resource, null, List.of(verbs));
  }

  private static Right routes(String resource) {
    return new Right(
        "rooms/gatewayapi.yaml",
        GATEWAY,
        resource,
        null,
        List.of("get", "list", "watch", "create", "patch", "delete"));
  }

  /**
   * The verbs of a right that are not granted.
   *
   * @param serviceAccount {@code namespace/name}; null for whoever asks
   */
  static List<String> missing(
      KubernetesClient client, @Nullable String serviceAccount, Right right) {
    return right.verbs().stream()
        .filter(verb -> !granted(client, serviceAccount, attributes(right, verb)))
        .toList();
  }

  static ResourceAttributes attributes(Right right, String verb) {
    String[] parts = right.resource().split("/", 2);
    return new ResourceAttributesBuilder()
        .withGroup(right.group())
        .withResource(parts[0])
        .withSubresource(parts.length > 1 ? parts[1] : null)
        .withNamespace(right.namespace())
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
