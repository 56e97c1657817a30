package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.BalancerClassStatus;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One look at a cluster, from its definitions to the proxies; reads, and asks for permissions.
 *
 * @param serviceAccount whose permissions, as {@code namespace/name}; null for those of the asker
 */
record Inspection(
    KubernetesClient client,
    Findings findings,
    @Nullable String serviceAccount,
    String operatorNamespace,
    Instant now) {
  /**
   * Looks at everything.
   *
   * @throws KubernetesClientException if the API server does not say what is permitted
   */
  void run() {
    boolean own =
        client.supports(BalancedBackendPool.class) && client.supports(BalancerClass.class);
    that(
        own,
        "CRDs of Evenkeel are installed",
        "CRDs of Evenkeel are missing",
        "kubectl apply --server-side -f crds/src/main/resources/META-INF/fabric8/");
    boolean gateways = client.supports(HTTPRoute.class) && client.supports(Gateway.class);
    if (gateways) {
      findings.good("CRDs of Gateway API are installed");
    } else {
      findings.note(
          "CRDs of Gateway API are not installed: classes of provider GatewayAPI cannot work");
    }
    List<BalancerClass> classes = own ? classes() : List.of();
    rights(Rights.neededFor(classes, gateways, operatorNamespace));
    boolean leads = operator();
    classes.forEach(c -> balancerClass(c, gateways, leads));
  }

  private List<BalancerClass> classes() {
    try {
      List<BalancerClass> classes = client.resources(BalancerClass.class).list().getItems();
      that(
          !classes.isEmpty(),
          classes.size() + (classes.size() == 1 ? " BalancerClass" : " BalancerClasses"),
          "no BalancerClass",
          "create one, for pools need it: docs/api.md has an example of each provider");
      return classes;
    } catch (KubernetesClientException e) {
      findings.bad(Cluster.refusal(client, e, "list BalancerClasses"));
      return List.of();
    }
  }

  private void rights(List<Rights.Right> needed) {
    String operator = operatorNamespace + "/evenkeel";
    for (Rights.Right right : needed) {
      List<String> missing = Rights.missing(client, serviceAccount, right);
      String who = serviceAccount == null ? "you" : serviceAccount;
      that(
          missing.isEmpty(),
          who + " may " + right,
          who + " may not " + right.only(missing),
          serviceAccount == null
              ? "an operator that you start yourself would need it; for the rights of the one"
                  + " that is deployed: evenkeel check --as-service-account "
                  + operator
              : right.grant(serviceAccount));
    }
  }

  /** Whether an operator keeps what the status of the classes says. */
  private boolean operator() {
    String kubectl = "kubectl -n " + operatorNamespace;
    switch (Leading.in(client, operatorNamespace, now)) {
      case Leading.By by -> {
        findings.good(
            "operator "
                + by.holder()
                + ", Lease renewed "
                + by.renewedAgo().toSeconds()
                + " s ago");
        return true;
      }
      case Leading.NobodySince since ->
          findings.bad(
              "no operator leads since " + since.last(),
              kubectl + " get pods, and " + kubectl + " logs deploy/evenkeel");
      case Leading.NobodyYet _ ->
          findings.note(
              "no operator has led in "
                  + operatorNamespace
                  + " yet; to start it: kubectl apply -f deploy/manifests/ -f"
                  + " deploy/manifests/rooms/");
      case Leading.Hidden _ ->
          findings.note("you may not see the operator's Lease in " + operatorNamespace);
    }
    return false;
  }

  private void balancerClass(BalancerClass c, boolean gateways, boolean current) {
    String name = "class " + c.getMetadata().getName() + ": ";
    BalancerClassSpec.GatewayAPI block = c.getSpec().gatewayAPI();
    if (block != null && gateways) {
      block.parentRefs().forEach(parent -> gateway(name, parent));
    }
    BalancerClassStatus status = c.getStatus();
    if (status == null) {
      findings.bad(
          name + "no operator has looked at it",
          "is one running, and may it watch classes? See its log");
      return;
    }
    status.conditions().stream()
        .filter(condition -> condition.type().equals(ConditionTypes.ACCEPTED))
        .filter(condition -> condition.status() != Condition.Status.True)
        .forEach(condition ->
            findings.bad(name + "not accepted (" + condition.reason() + ")", condition.message()));
    if (c.getSpec().live() == null) {
      findings.note(name + "reads no proxies, so what they do is unknown (spec.live is absent)");
      return;
    }
    boolean forwarded =
        Rights.selected(c).anyMatch(pods -> pods.via() == BalancerClassSpec.Via.PortForward);
    proxies(name, status, forwarded, current);
  }

  private void proxies(
      String name, BalancerClassStatus status, boolean forwarded, boolean current) {
    int read = Objects.requireNonNullElse(status.replicasRead(), 0);
    int expected = Objects.requireNonNullElse(status.replicasExpected(), 0);
    String error = status.lastError() == null ? "" : ": " + status.lastError();
    if (expected == 0) {
      findings.bad(
          name + "no ready proxy is found" + error,
          "compare spec.live.fleets[].replicas with kubectl get pods -A --show-labels");
    } else if (read < expected) {
      findings.bad(
          name + read + " of " + expected + " proxy replicas answer" + error,
          "is the address and port in spec.live.fleets[] that of the admin interface, does the"
              + " proxy run, and may the operator "
              + (forwarded
                  ? "forward ports there (pods/portforward, above)?"
                  : "reach it (NetworkPolicy)?"));
    } else if (current) {
      findings.good(name + read + " of " + expected + " proxy replicas answer");
    } else {
      // Nobody keeps the status any more: what it says may be long past.
      findings.note(
          name + read + " of " + expected + " proxy replicas answered an operator's last look");
    }
  }

  private void gateway(String name, BalancerClassSpec.ParentRef parent) {
    String what = name + "Gateway " + parent.namespace() + "/" + parent.name();
    Gateway found;
    try {
      found =
          client
              .resources(Gateway.class)
              .inNamespace(parent.namespace())
              .withName(parent.name())
              .get();
    } catch (KubernetesClientException e) {
      findings.bad(Cluster.refusal(client, e, "see Gateways in " + parent.namespace()));
      return;
    }
    if (found == null) {
      findings.bad(
          what + " does not exist",
          "create it, or name another one in spec.gatewayAPI.parentRefs of the class");
      return;
    }
    that(
        found.getStatus() != null
            && found.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Programmed") && c.getStatus().equals("True")),
        what + " is programmed",
        what + " is not programmed",
        "its controller does not serve it: kubectl describe gateway -n "
            + parent.namespace()
            + " "
            + parent.name());
  }

  private void that(boolean holds, String good, String bad, String remedy) {
    if (holds) {
      findings.good(good);
    } else {
      findings.bad(bad, remedy);
    }
  }
}
