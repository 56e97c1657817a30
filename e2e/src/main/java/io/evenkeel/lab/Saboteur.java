package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;

/** Bends weights behind everybody's back, in the cluster and in the proxies. */
public final class Saboteur {
  /** The name its changes carry in managedFields. */
  public static final String FIELD_MANAGER = "saboteur";

  private final KubernetesClient client;

  public Saboteur(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Patches weights of an HTTPRoute's first rule, by the name of the Service; others stay.
   *
   * @return the route as it is now
   */
  public HTTPRoute bendRoute(String namespace, String name, Map<String, Integer> weights) {
    var route = client.resources(HTTPRoute.class).inNamespace(namespace).withName(name);
    var refs = route.require().getSpec().getRules().getFirst().getBackendRefs();
    StringBuilder patch = new StringBuilder("[");
    for (int i = 0; i < refs.size(); i++) {
      Integer weight = weights.get(refs.get(i).getName());
      if (weight != null) {
        patch
            .append(patch.length() > 1 ? "," : "")
            .append(
                "{\"op\":\"add\",\"path\":\"/spec/rules/0/backendRefs/%d/weight\",\"value\":%d}"
                    .formatted(i, weight));
      }
    }
    return route.patch(
        new PatchContext.Builder()
            .withPatchType(PatchType.JSON)
            .withFieldManager(FIELD_MANAGER)
            .build(),
        patch.append("]").toString());
  }

  public void deleteRoute(String namespace, String name) {
    client.resources(HTTPRoute.class).inNamespace(namespace).withName(name).delete();
  }

  /** Changes one weight of one replica over its runtime API, 0..256. */
  public void bendHaproxy(HaproxyReplica replica, String server, int weight) {
    command(
        replica, "set server %s/%s weight %d".formatted(replica.spec().backend(), server, weight));
  }

  /** Sets a server's state: {@code ready}, {@code drain} or {@code maint}. */
  public void setHaproxyState(HaproxyReplica replica, String server, String state) {
    command(
        replica, "set server %s/%s state %s".formatted(replica.spec().backend(), server, state));
  }

  private static void command(HaproxyReplica replica, String command) {
    String answer = replica.run(command);
    if (!answer.isEmpty()) {
      throw new LabException(command + ": " + answer);
    }
  }
}
