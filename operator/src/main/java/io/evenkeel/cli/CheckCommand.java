package io.evenkeel.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.InstantSource;
import java.util.concurrent.Callable;
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
      "1:something is not: its line begins with ✘, the next with → says what to do",
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

  @Override
  public Integer call() {
    if (serviceAccount != null && !serviceAccount.matches(SERVICE_ACCOUNT)) {
      throw new ParameterException(
          spec.commandLine(),
          "--as-service-account: write namespace/name, such as evenkeel-system/evenkeel, not \""
              + serviceAccount
              + "\"");
    }
    try (KubernetesClient client = Cluster.connect();
        Findings findings = new Findings(spec.commandLine().getOut())) {
      try {
        findings.good("API server " + client.getKubernetesVersion().getGitVersion());
      } catch (KubernetesClientException e) {
        findings.bad(Cluster.refusal(client, e, "tell its version"));
        return 2;
      }
      try {
        new Inspection(client, findings, serviceAccount, operatorNamespace, clock.instant()).run();
      } catch (KubernetesClientException e) {
        findings.bad(Cluster.refusal(client, e, whatIsAsked()));
        return e.getCode() == 403 ? 1 : 2;
      }
      return findings.allGood() ? 0 : 1;
    }
  }

  private String whatIsAsked() {
    return serviceAccount == null
        ? "ask for your permissions"
        : "ask for the permissions of " + serviceAccount;
  }
}
