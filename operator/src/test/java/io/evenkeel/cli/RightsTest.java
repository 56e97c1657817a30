package io.evenkeel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancerClass;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributes;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code check} asks for what the manifests grant, no more and no less. */
class RightsTest {
  private static final Path MANIFESTS = Path.of("../deploy/manifests");

  @Test
  void areThoseOfTheManifests() throws IOException {
    Set<String> asked = new TreeSet<>();
    Stream.of(
            Rights.core("evenkeel-system").stream(),
            Rights.GATEWAY_API.stream(),
            Rights.PODS.stream())
        .flatMap(rights -> rights)
        .forEach(right ->
            right
                .verbs()
                .forEach(verb ->
                    asked.add(
                        line(
                            right.manifest(),
                            right.namespace() != null,
                            right.group(),
                            right.resource(),
                            verb))));
    Set<String> granted = new TreeSet<>();
    for (String file : List.of("10-rbac.yaml", "rooms/gatewayapi.yaml", "rooms/proxies.yaml")) {
      String text = Files.readString(MANIFESTS.resolve(file));
      for (String part : text.split("(?m)^---$", -1)) {
        Object object = Serialization.unmarshal(part);
        List<PolicyRule> rules = new ArrayList<>();
        if (object instanceof ClusterRole role) {
          rules.addAll(role.getRules());
        } else if (object instanceof Role role) {
          rules.addAll(role.getRules());
        }
        rules.forEach(rule ->
            rule.getResources()
                .forEach(resource ->
                    rule.getVerbs()
                        .forEach(verb ->
                            granted.add(
                                line(
                                    file,
                                    object instanceof Role,
                                    rule.getApiGroups().getFirst(),
                                    resource,
                                    verb)))));
      }
    }
    // The admission plugin OwnerReferencesPermissionEnforcement asks for it, the operator never.
    granted.removeIf(line -> line.contains("/finalizers"));
    assertThat(asked).isEqualTo(granted);
  }

  @Test
  void ofPortForwardAreAskedForOnceForEachNamespaceThatNeedsThem() {
    List<BalancerClass> classes =
        List.of(
            balancerClass("{pods: {namespace: infra, port: 9901, via: PortForward}}"),
            balancerClass("{pods: {namespace: infra, port: 19000, via: PortForward}}"),
            balancerClass("{pods: {namespace: edge, port: 9901, via: PortForward}}"),
            balancerClass("{pods: {namespace: open, port: 9901}}"),
            balancerClass("{addresses: ['10.0.0.1:9901']}"));
    assertThat(Rights.neededFor(classes, false, "evenkeel-system").stream().map(Object::toString))
        .contains("get, list, watch pods", "patch balancerclasses.evenkeel.io/status")
        .filteredOn(right -> right.contains("portforward"))
        .containsExactly(
            "get, create pods/portforward in edge", "get, create pods/portforward in infra");
    assertThat(Rights.neededFor(classes.subList(4, 5), false, "evenkeel-system"))
        .isEqualTo(Rights.core("evenkeel-system"));
  }

  /** The names in the remedy are those of the manifest, and the question is about its resource. */
  @Test
  void ofPortForwardAreThoseOfItsManifest() throws IOException {
    Rights.Right right = Rights.portForward("infra");
    ClusterRole role =
        Serialization.unmarshal(
            Files.readString(MANIFESTS.resolve(right.manifest())), ClusterRole.class);
    PolicyRule rule = role.getRules().getFirst();
    assertThat(rule.getResources()).containsExactly(right.resource());
    assertThat(rule.getVerbs()).containsExactlyElementsOf(right.verbs());
    assertThat(right.grant("evenkeel-system/evenkeel"))
        .isEqualTo(
            "kubectl apply -f deploy/manifests/opt-in/port-forward.yaml && kubectl create"
                + " rolebinding evenkeel-port-forward -n infra --clusterrole="
                + role.getMetadata().getName()
                + " --serviceaccount=evenkeel-system:evenkeel");
    ResourceAttributes asked = Rights.attributes(right, "create");
    assertThat(asked.getResource()).isEqualTo("pods");
    assertThat(asked.getSubresource()).isEqualTo("portforward");
    assertThat(asked.getNamespace()).isEqualTo("infra");
    assertThat(asked.getVerb()).isEqualTo("create");
  }

  private static BalancerClass balancerClass(String replicas) {
    return Serialization.unmarshal(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: public}
        spec:
          provider: HAProxy
          haproxy: {}
          live: {fleets: [{name: edge, probe: HAProxy, replicas: %s}]}
        """
            .formatted(replicas),
        BalancerClass.class);
  }

  private static String line(
      String file, boolean namespaced, String group, String resource, String verb) {
    return file
        + (namespaced ? " in the operator's namespace: " : ": ")
        + group
        + " "
        + resource
        + " "
        + verb;
  }
}
