package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.BalancerClassStatus;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks whether the operator can work here; each failure comes with a remedy. Writes nothing. */
@Command(
    name = "check",
    description =
        "Check CRDs, permissions, the operator, Gateways and proxies; each failure comes with a"
            + " remedy. Nothing is written.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all is well",
      "1:something is not: its line begins with ✘, the line below it says what to do",
      "2:the API server cannot be asked, or the arguments are wrong"
    })
final class CheckCommand implements Callable<Integer> {
  private static final String SERVICE_ACCOUNT = "[a-z0-9][-a-z0-9]*/[a-z0-9][-a-z0-9.]*";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--as-service-account",
      paramLabel = "NAMESPACE/NAME",
      description = {
        "Check the permissions of this ServiceAccount rather than your own,",
        "for example evenkeel-system/evenkeel. Needs the right to ask that."
      })
  private @Nullable String serviceAccount;

  @Option(
      names = "--operator-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:EVENKEEL_OPERATOR_NAMESPACE:-evenkeel-system}",
      description = {
        "Where the operator runs.",
        "(EVENKEEL_OPERATOR_NAMESPACE, default: evenkeel-system)"
      })
  private String operatorNamespace = "";

  private final InstantSource clock = InstantSource.system();
  private int failures;

  @Override
  public Integer call() {
    if (serviceAccount != null && !serviceAccount.matches(SERVICE_ACCOUNT)) {
      throw new ParameterException(
          spec.commandLine(),
          "--as-service-account: write namespace/name, such as evenkeel-system/evenkeel, not \""
              + serviceAccount
              + "\"");
    }
    try (KubernetesClient client = Cluster.connect()) {
      try {
        good("API server " + client.getKubernetesVersion().getGitVersion());
      } catch (KubernetesClientException e) {
        bad(Cluster.refusal(client, e, "tell its version"));
        return 2;
      }
      try {
        look(client);
      } catch (KubernetesClientException e) {
        bad(Cluster.refusal(client, e, "ask for permissions"));
        return e.getCode() == 403 ? 1 : 2;
      }
    } finally {
      out().flush();
    }
    return failures == 0 ? 0 : 1;
  }

  private void look(KubernetesClient client) {
    boolean own =
        client.supports(BalancedBackendPool.class) && client.supports(BalancerClass.class);
    that(
        own,
        "CRDs of Evenkeel",
        "kubectl apply --server-side -f crds/src/main/resources/META-INF/fabric8/");
    boolean gateways = client.supports(HTTPRoute.class) && client.supports(Gateway.class);
    if (gateways) {
      good("CRDs of Gateway API");
    } else {
      note("CRDs of Gateway API are not installed: classes of provider GatewayAPI cannot work");
    }
    List<BalancerClass> classes = own ? classes(client) : List.of();
    Stream.of(
            Rights.CORE.stream(),
            gateways ? Rights.GATEWAY_API.stream() : Stream.<Rights.Right>empty(),
            classes.stream().anyMatch(CheckCommand::selectsPods)
                ? Rights.PODS.stream()
                : Stream.<Rights.Right>empty())
        .flatMap(rights -> rights)
        .forEach(right -> right(client, right));
    operator(client);
    classes.forEach(c -> balancerClass(client, c, gateways));
  }

  private List<BalancerClass> classes(KubernetesClient client) {
    try {
      List<BalancerClass> classes = client.resources(BalancerClass.class).list().getItems();
      that(
          !classes.isEmpty(),
          classes.size() + (classes.size() == 1 ? " BalancerClass" : " BalancerClasses"),
          "create one, for pools need it: docs/api.md has an example of each provider");
      return classes;
    } catch (KubernetesClientException e) {
      bad(Cluster.refusal(client, e, "list BalancerClasses"));
      return List.of();
    }
  }

  private void right(KubernetesClient client, Rights.Right right) {
    List<String> missing = Rights.missing(client, serviceAccount, operatorNamespace, right);
    String who = serviceAccount == null ? "you may " : serviceAccount + " may ";
    String where = right.inOperatorNamespace() ? " in " + operatorNamespace : "";
    that(
        missing.isEmpty(),
        who + right + where + (missing.isEmpty() ? "" : ": not " + String.join(", ", missing)),
        serviceAccount == null
            ? "these are your own rights: for the operator's, use --as-service-account "
                + operatorNamespace
                + "/evenkeel"
            : "kubectl apply -f deploy/manifests/" + right.manifest());
  }

  /** Whether somebody leads, by the Lease; an operator without leader election has none. */
  private void operator(KubernetesClient client) {
    Optional<Lease> lease;
    try {
      lease =
          Optional.ofNullable(
              client
                  .resources(Lease.class)
                  .inNamespace(operatorNamespace)
                  .withName("evenkeel-operator")
                  .get());
    } catch (KubernetesClientException e) {
      note("you may not see the operator's Lease in " + operatorNamespace);
      return;
    }
    if (lease.isEmpty() || lease.get().getSpec().getRenewTime() == null) {
      note(
          "no operator has led in "
              + operatorNamespace
              + " yet; to start it: kubectl apply -f deploy/manifests");
      return;
    }
    Instant renewed = lease.get().getSpec().getRenewTime().toInstant();
    Duration age = Duration.between(renewed, clock.instant());
    int allowed = Objects.requireNonNullElse(lease.get().getSpec().getLeaseDurationSeconds(), 15);
    String holder = Objects.requireNonNullElse(lease.get().getSpec().getHolderIdentity(), "");
    that(
        !holder.isEmpty() && age.toSeconds() <= allowed,
        holder.isEmpty()
            ? "no operator leads since " + renewed
            : "operator " + holder + ", Lease renewed " + Math.max(0, age.toSeconds()) + " s ago",
        "kubectl -n "
            + operatorNamespace
            + " get pods, and kubectl -n "
            + operatorNamespace
            + " logs deploy/evenkeel");
  }

  private static boolean selectsPods(BalancerClass c) {
    return c.getSpec().live() != null
        && c.getSpec().live().fleets().stream().anyMatch(f -> f.replicas().pods() != null);
  }

  private void balancerClass(KubernetesClient client, BalancerClass c, boolean gateways) {
    String name = "class " + c.getMetadata().getName() + ": ";
    BalancerClassSpec.GatewayAPI block = c.getSpec().gatewayAPI();
    if (block != null && gateways) {
      block.parentRefs().forEach(parent -> gateway(client, name, parent));
    }
    BalancerClassStatus status = c.getStatus();
    if (status == null) {
      that(
          false,
          name + "no status",
          "the operator has not seen it: is it running, and may it watch classes?");
      return;
    }
    status.conditions().stream()
        .filter(condition -> condition.type().equals(ConditionTypes.ACCEPTED))
        .filter(condition -> condition.status() != Condition.Status.True)
        .forEach(condition ->
            that(false, name + "not accepted (" + condition.reason() + ")", condition.message()));
    if (c.getSpec().live() == null) {
      note(name + "reads no proxies, so what they do is unknown (spec.live is absent)");
      return;
    }
    int read = Objects.requireNonNullElse(status.replicasRead(), 0);
    int expected = Objects.requireNonNullElse(status.replicasExpected(), 0);
    that(
        expected > 0 && read == expected,
        name + read + " of " + expected + " proxy replicas answer",
        expected == 0
            ? "no ready proxy matches spec.live.fleets[].replicas: compare its selector with"
                + " kubectl get pods --show-labels"
            : Objects.requireNonNullElse(status.lastError(), "the operator's log has the reason")
                + " — is the address and port that of the admin interface, and may the operator's"
                + " pods reach it (NetworkPolicy)?");
  }

  private void gateway(KubernetesClient client, String name, BalancerClassSpec.ParentRef parent) {
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
      bad(Cluster.refusal(client, e, "see Gateways in " + parent.namespace()));
      return;
    }
    if (found == null) {
      that(
          false,
          what + " does not exist",
          "create it, or name another one in spec.gatewayAPI.parentRefs");
      return;
    }
    boolean programmed =
        found.getStatus() != null
            && found.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Programmed") && c.getStatus().equals("True"));
    that(
        programmed,
        what + (programmed ? " is programmed" : " is not programmed"),
        "its controller does not serve it: kubectl describe gateway -n "
            + parent.namespace()
            + " "
            + parent.name());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void that(boolean good, String what, String remedy) {
    if (good) {
      good(what);
    } else {
      bad(new Cluster.Refusal(what, remedy));
    }
  }

  private void good(String what) {
    out().println("✔  " + what);
  }

  private void note(String what) {
    out().println("-  " + what);
  }

  private void bad(Cluster.Refusal refusal) {
    failures++;
    out().println("✘  " + refusal.what());
    out().println("   → " + refusal.remedy());
  }
}
