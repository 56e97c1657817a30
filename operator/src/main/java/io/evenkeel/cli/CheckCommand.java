package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks whether the operator can work here; each failure comes with a remedy. */
@Command(
    name = "check",
    description =
        "Check CRDs, permissions, Gateways and proxies; each failure comes with a remedy.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:all is well", "1:something is not", "2:the API server cannot be asked"})
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--as-service-account",
      paramLabel = "NAMESPACE/NAME",
      description = {
        "Check the permissions of this ServiceAccount rather than your own,",
        "for example evenkeel-system/evenkeel."
      })
  private @Nullable String serviceAccount;

  private int failures;

  private record Right(String group, String resource, String verb) {}

  private static final List<Right> ALWAYS =
      List.of(
          new Right("evenkeel.io", "balancedbackendpools", "watch"),
          new Right("evenkeel.io", "balancedbackendpools", "patch"),
          new Right("evenkeel.io", "balancedbackendpools/status", "patch"),
          new Right("evenkeel.io", "balancerclasses", "watch"),
          new Right("evenkeel.io", "balancerclasses", "patch"),
          new Right("evenkeel.io", "balancerclasses/status", "patch"),
          new Right("", "namespaces", "watch"),
          new Right("", "services", "watch"),
          new Right("discovery.k8s.io", "endpointslices", "watch"),
          new Right("events.k8s.io", "events", "create"),
          new Right("coordination.k8s.io", "leases", "update"));

  private static final List<Right> GATEWAY_API =
      List.of(
          new Right("gateway.networking.k8s.io", "httproutes", "watch"),
          new Right("gateway.networking.k8s.io", "httproutes", "patch"),
          new Right("gateway.networking.k8s.io", "httproutes", "delete"),
          new Right("gateway.networking.k8s.io", "gateways", "watch"),
          new Right("gateway.networking.k8s.io", "referencegrants", "watch"));

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      try {
        say(out, true, "API server " + client.getKubernetesVersion().getGitVersion(), "");
      } catch (KubernetesClientException e) {
        say(
            out,
            false,
            "API server " + client.getMasterUrl() + ": " + e.getMessage(),
            "point KUBECONFIG at a cluster that answers");
        return 2;
      }
      boolean own =
          client.supports(BalancedBackendPool.class) && client.supports(BalancerClass.class);
      say(
          out,
          own,
          "CRDs of Evenkeel",
          "kubectl apply -f crds/src/main/resources/META-INF/fabric8");
      boolean gateways = client.supports(HTTPRoute.class) && client.supports(Gateway.class);
      say(
          out,
          gateways,
          "CRDs of Gateway API",
          "install the standard channel of Gateway API, unless you balance HAProxy only");
      ALWAYS.forEach(right -> right(client, out, right));
      if (gateways) {
        GATEWAY_API.forEach(right -> right(client, out, right));
      }
      if (own) {
        classes(client, out, gateways);
      }
    } catch (KubernetesClientException e) {
      say(out, false, String.valueOf(e.getMessage()), "see the message");
      return 2;
    } finally {
      out.flush();
    }
    return failures == 0 ? 0 : 1;
  }

  private void right(KubernetesClient client, PrintWriter out, Right right) {
    SubjectAccessReviewStatus answer;
    String resource = right.resource().split("/", 2)[0];
    String sub = right.resource().contains("/") ? right.resource().split("/", 2)[1] : null;
    if (serviceAccount == null) {
      answer =
          client
              .authorization()
              .v1()
              .selfSubjectAccessReview()
              .create(
                  new SelfSubjectAccessReviewBuilder()
                      .withNewSpec()
                      .withNewResourceAttributes()
                      .withGroup(right.group())
                      .withResource(resource)
                      .withSubresource(sub)
                      .withVerb(right.verb())
                      .endResourceAttributes()
                      .endSpec()
                      .build())
              .getStatus();
    } else {
      answer =
          client
              .authorization()
              .v1()
              .subjectAccessReview()
              .create(
                  new SubjectAccessReviewBuilder()
                      .withNewSpec()
                      .withUser("system:serviceaccount:" + serviceAccount.replace('/', ':'))
                      .withNewResourceAttributes()
                      .withGroup(right.group())
                      .withResource(resource)
                      .withSubresource(sub)
                      .withVerb(right.verb())
                      .endResourceAttributes()
                      .endSpec()
                      .build())
              .getStatus();
    }
    say(
        out,
        Boolean.TRUE.equals(answer.getAllowed()),
        "may "
            + right.verb()
            + " "
            + right.resource()
            + (right.group().isEmpty() ? "" : "." + right.group()),
        "kubectl apply -f deploy/manifests -f deploy/manifests/rooms, and bind the role to this"
            + " account");
  }

  private void classes(KubernetesClient client, PrintWriter out, boolean gateways) {
    List<BalancerClass> classes = client.resources(BalancerClass.class).list().getItems();
    say(
        out,
        !classes.isEmpty(),
        classes.size() + " classes",
        "create a BalancerClass: pools need one");
    for (BalancerClass c : classes) {
      String name = c.getMetadata().getName();
      BalancerClassSpec.GatewayAPI block = c.getSpec().gatewayAPI();
      if (block != null && gateways) {
        for (BalancerClassSpec.ParentRef parent : block.parentRefs()) {
          say(
              out,
              client
                      .resources(Gateway.class)
                      .inNamespace(parent.namespace())
                      .withName(parent.name())
                      .get()
                  != null,
              "class " + name + ": Gateway " + parent.namespace() + "/" + parent.name(),
              "create it, or name another one in spec.gatewayAPI.parentRefs");
        }
      }
      if (c.getSpec().live() == null) {
        out.println("-  class " + name + ": reads no proxies (spec.live is absent)");
      } else if (c.getStatus() == null) {
        say(out, false, "class " + name + ": no status", "start the operator, or read its log");
      } else {
        int read = Objects.requireNonNullElse(c.getStatus().replicasRead(), 0);
        int expected = Objects.requireNonNullElse(c.getStatus().replicasExpected(), 0);
        say(
            out,
            expected > 0 && read == expected,
            "class " + name + ": " + read + " of " + expected + " proxies reachable",
            Objects.requireNonNullElse(
                c.getStatus().lastError(), "check spec.live.fleets[].replicas"));
      }
    }
  }

  private void say(PrintWriter out, boolean good, String what, String remedy) {
    if (good) {
      out.println("✔  " + what);
    } else {
      failures++;
      out.println("✘  " + what);
      out.println("   → " + remedy);
    }
  }
}
