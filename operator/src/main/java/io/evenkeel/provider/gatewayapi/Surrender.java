package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.api.v1alpha1.WellKnown;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Leaves a route to its team: a JSON Patch that takes away what says Evenkeel owns it and touches
 * nothing that routes requests. Its managed fields go too, else the team's next server-side apply
 * would conflict with an owner that is gone.
 */
final class Surrender {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Surrender() {}

  /**
   * What keeps the garbage collector from deleting a route with the pool that generated it, and
   * takes away the label that says so; nothing when the pool never did.
   */
  static List<ObjectNode> disown(HasMetadata route, String poolUid) {
    var metadata = route.getMetadata();
    List<ObjectNode> writes = new ArrayList<>();
    var owners = list(metadata.getOwnerReferences());
    for (int i = owners.size() - 1; i >= 0; i--) {
      if (owners.get(i).getUid().equals(poolUid)) {
        writes.add(AdoptedRule.test("/metadata/ownerReferences/" + i + "/uid", poolUid));
        writes.add(AdoptedRule.operation("remove", "/metadata/ownerReferences/" + i));
      }
    }
    if (!writes.isEmpty()
        && metadata.getLabels() != null
        && GeneratedRoute.MANAGER.equals(metadata.getLabels().get(GeneratedRoute.MANAGED_BY))) {
      writes.add(
          AdoptedRule.operation(
              "remove", "/metadata/labels/" + GeneratedRoute.MANAGED_BY.replace("/", "~1")));
    }
    return writes;
  }

  /** Empty when nothing of the pool or of Evenkeel is left on it. */
  static Optional<String> patch(HasMetadata route, String poolUid) {
    var metadata = route.getMetadata();
    List<ObjectNode> writes = disown(route, poolUid);
    List<ManagedFieldsEntry> fields = list(metadata.getManagedFields());
    List<ManagedFieldsEntry> others =
        fields.stream()
            .filter(entry -> !WellKnown.FIELD_MANAGER.equals(entry.getManager()))
            .toList();
    if (others.size() < fields.size()) {
      // An empty list would be ignored; one empty entry is how the API server is told to forget
      // them all.
      JsonNode left =
          others.isEmpty()
              ? JsonNodeFactory.instance.arrayNode().add(JsonNodeFactory.instance.objectNode())
              : JSON.valueToTree(others);
      writes.add(AdoptedRule.operation("replace", "/metadata/managedFields").set("value", left));
    }
    if (writes.isEmpty()) {
      return Optional.empty();
    }
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    patch.add(AdoptedRule.test("/metadata/uid", metadata.getUid()));
    patch.add(AdoptedRule.test("/metadata/resourceVersion", metadata.getResourceVersion()));
    return Optional.of(patch.addAll(writes).toString());
  }
}
