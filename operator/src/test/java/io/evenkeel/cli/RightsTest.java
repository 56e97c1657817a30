package io.evenkeel.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
    Stream.of(Rights.CORE, Rights.GATEWAY_API, Rights.PODS)
        .flatMap(List::stream)
        .forEach(right ->
            right
                .verbs()
                .forEach(verb ->
                    asked.add(
                        line(
                            right.manifest(),
                            right.inOperatorNamespace(),
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
