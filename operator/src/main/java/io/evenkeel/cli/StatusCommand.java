package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the ladder of pools, from their status; writes nothing. */
@Command(
    name = "status",
    description = "Show what each backend of a pool should get, and gets, rung by rung.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:every pool shown is ready, or there is none",
      "1:one is not",
      "2:the pool does not exist, or the API server could not be asked"
    })
final class StatusCommand implements Callable<Integer> {
  /** Conditions that are always there, and good when true. */
  private static final Set<String> STEADY =
      Set.of(
          ConditionTypes.ACCEPTED,
          ConditionTypes.RESOLVED_REFS,
          ConditionTypes.PROGRAMMED,
          ConditionTypes.LIVE_VERIFIED,
          ConditionTypes.BALANCED,
          ConditionTypes.READY);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "POOL", description = "One pool; all when absent.")
  private @Nullable String pool;

  @Option(
      names = {"-n", "--namespace"},
      description = "Of the pool; the kubeconfig's when absent.")
  private @Nullable String namespace;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "Pools of all namespaces.")
  private boolean all;

  @Option(
      names = "--operator-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:EVENKEEL_OPERATOR_NAMESPACE:-evenkeel-system}",
      description = {
        "Where the operator runs: whether it does is told, if you may see its Lease.",
        "(EVENKEEL_OPERATOR_NAMESPACE, default: evenkeel-system)"
      })
  private String operatorNamespace = "";

  private final InstantSource clock = InstantSource.system();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (KubernetesClient client = Cluster.connect()) {
      String in =
          Objects.requireNonNullElse(
              namespace, Objects.requireNonNullElse(client.getNamespace(), "default"));
      List<BalancedBackendPool> pools =
          list(client, in).stream()
              .filter(p -> pool == null || p.getMetadata().getName().equals(pool))
              .sorted(
                  Comparator.<BalancedBackendPool, String>comparing(
                          p -> p.getMetadata().getNamespace())
                      .thenComparing(p -> p.getMetadata().getName()))
              .toList();
      if (pools.isEmpty() && pool != null) {
        throw new IllegalStateException(
            "no pool "
                + pool
                + where(in)
                + "\n   → evenkeel status --all-namespaces shows all there are");
      }
      if (pools.isEmpty()) {
        out.println("no pools" + where(in));
        out.flush();
        return 0;
      }
      if (Leading.in(client, operatorNamespace, clock.instant())
          instanceof Leading.NobodySince since) {
        out.println(
            "! no operator leads since "
                + since.last()
                + ": this is what the last one saw (evenkeel check)");
      }
      pools.forEach(p -> print(p, out));
      out.flush();
      return pools.stream().allMatch(p -> isTrue(p, ConditionTypes.READY)) ? 0 : 1;
    }
  }

  private String where(String in) {
    return all ? " in any namespace" : " in namespace " + in;
  }

  private List<BalancedBackendPool> list(KubernetesClient client, String in) {
    var resources = client.resources(BalancedBackendPool.class);
    try {
      return (all ? resources.inAnyNamespace() : resources.inNamespace(in)).list().getItems();
    } catch (KubernetesClientException e) {
      Cluster.Refusal refusal =
          Cluster.refusal(
              client, e, all ? "list the pools of all namespaces" : "list pools in " + in);
      throw new IllegalStateException(refusal.what() + "\n   → " + refusal.remedy(), e);
    }
  }

  private static boolean isTrue(BalancedBackendPool pool, String type) {
    return pool.getStatus() != null
        && pool.getStatus().conditions().stream()
            .anyMatch(c -> c.type().equals(type) && c.status() == Condition.Status.True);
  }

  static void print(BalancedBackendPool pool, PrintWriter out) {
    BalancedBackendPoolStatus status = pool.getStatus();
    out.println(pool.getMetadata().getNamespace() + "/" + pool.getMetadata().getName());
    if (status == null) {
      out.println("└─ no status yet: is the operator running? (evenkeel check)");
      return;
    }
    out.printf(
        "├─ class %s, mode %s%s%s%n",
        Objects.requireNonNullElse(status.balancerClassName(), "?"),
        status.mode() == null ? "?" : status.mode().name(),
        status.pausedUntil() == null ? "" : " until " + status.pausedUntil(),
        status.hosts() == null ? "" : ", " + status.hosts());
    for (BalancedBackendPoolStatus.BackendStatus backend : status.backends()) {
      out.printf(
          "├─ %s  %s%s ready%n",
          backend.name(),
          // Where each endpoint has a weight of its own, a backend has none.
          backend.weight() == null ? "" : "weight " + backend.weight() + ", ",
          backend.readyEndpoints() == null ? "?" : backend.readyEndpoints().toString());
      out.println("│  ├─ desired   " + Bars.bar(backend.desiredPercent()));
      out.println("│  ├─ declared  " + Bars.bar(backend.declaredPercent()));
      out.println("│  ├─ live min  " + Bars.bar(backend.liveMinPercent()));
      out.println("│  ├─ live max  " + Bars.bar(backend.liveMaxPercent()));
      out.println("│  └─ observed  " + Bars.bar(backend.observedPercent()));
    }
    for (BalancedBackendPoolStatus.ReplicaStatus replica : status.replicas()) {
      out.printf(
          "├─ replica %s/%s  %s%s%n",
          replica.fleet(),
          replica.name(),
          replica.state() == null ? "?" : replica.state().name(),
          replica.message() == null ? "" : ": " + replica.message());
    }
    if (status.lastDrift() != null) {
      var drift = status.lastDrift();
      out.printf(
          "├─ last drift %s: %s from %s to %s%s by %s%n",
          drift.time(),
          drift.field(),
          drift.from(),
          drift.to(),
          drift.replica() == null ? "" : " on " + drift.replica(),
          Objects.requireNonNullElse(drift.manager(), "somebody unknown"));
    }
    if (status.lastCorrection() != null) {
      var correction = status.lastCorrection();
      out.printf(
          "├─ last correction %s: %s (%s ms)%n",
          correction.time(), correction.what(), correction.tookMilliseconds());
    }
    List<Condition> conditions = status.conditions();
    for (int i = 0; i < conditions.size(); i++) {
      Condition c = conditions.get(i);
      out.printf(
          "%s %s %s  %s: %s%n",
          i == conditions.size() - 1 ? "└─" : "├─", mark(c), c.type(), c.reason(), c.message());
    }
  }

  /** A condition that is there only while something is odd gets no ✔ for being true. */
  private static String mark(Condition condition) {
    return switch (condition.status()) {
      case True -> STEADY.contains(condition.type()) ? "✔" : "!";
      case False -> "✘";
      case Unknown -> "?";
    };
  }
}
