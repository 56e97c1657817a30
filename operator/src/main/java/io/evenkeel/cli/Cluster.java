package io.evenkeel.cli;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Objects;

/** The cluster of the current context, for a person who waits for the answer. */
final class Cluster {
  private static final int CONNECT_MILLISECONDS = 5_000;
  private static final int REQUEST_MILLISECONDS = 15_000;

  private Cluster() {}

  /** A client that gives up soon: nobody waits a minute to hear that there is no cluster. */
  static KubernetesClient connect() {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(Config.autoConfigure(null))
                .withConnectionTimeout(CONNECT_MILLISECONDS)
                .withRequestTimeout(REQUEST_MILLISECONDS)
                .withRequestRetryBackoffLimit(1)
                .build())
        .build();
  }

  /**
   * Why the API server did not do what it was asked, and what to do about it.
   *
   * @param what it was asked for, such as {@code list pools in namespace shop}
   */
  static Refusal refusal(KubernetesClient client, KubernetesClientException e, String what) {
    return switch (e.getCode()) {
      case 401 ->
          new Refusal(
              "the API server " + client.getMasterUrl() + " does not accept your credentials",
              "log in again, or choose another context: kubectl config get-contexts");
      case 403 ->
          new Refusal(
              "you may not " + what,
              "ask who runs the cluster for that right; kubectl auth can-i --list shows yours");
      case 404 ->
          new Refusal(
              "the cluster does not know the kinds of Evenkeel",
              "kubectl apply --server-side -f crds/src/main/resources/META-INF/fabric8/");
      default ->
          e.getCode() >= 400
              ? new Refusal(
                  "the API server could not " + what + ": " + reason(e),
                  "try again, or ask who runs the cluster")
              : new Refusal(
                  "the API server " + client.getMasterUrl() + " does not answer: " + reason(e),
                  "point KUBECONFIG, or the current context of ~/.kube/config, at a cluster that"
                      + " answers");
    };
  }

  /** A sentence and its remedy. */
  record Refusal(String what, String remedy) {}

  /** What the innermost cause says; the client's own message is empty of it. */
  static String reason(Throwable e) {
    String said = Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException) {
        return "no connection (refused, or no route to it)";
      }
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return "its name is not known here";
      }
      if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
        said = cause.getMessage();
      }
    }
    return said;
  }
}
