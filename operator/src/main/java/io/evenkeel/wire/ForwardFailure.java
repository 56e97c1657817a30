package io.evenkeel.wire;

import io.fabric8.kubernetes.client.http.WebSocketHandshakeException;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why a port-forward came to nothing, in a sentence for the owner of the class. */
final class ForwardFailure extends IOException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_ANSWER = 300;
  private static final Pattern STATUS_MESSAGE =
      Pattern.compile("\"message\":\"((?:[^\"\\\\]|\\\\.)*)\"");

  ForwardFailure(String peer, String told) {
    super(peer + ": " + told);
  }

  /** From what the client says about a connection that did not come about, or broke. */
  static ForwardFailure of(String peer, String namespace, Throwable thrown) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    ForwardFailure failure = new ForwardFailure(peer, sentence(namespace, cause));
    failure.initCause(cause);
    return failure;
  }

  private static String sentence(String namespace, Throwable cause) {
    if (!(cause instanceof WebSocketHandshakeException refused)) {
      return Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
    }
    int code = refused.getResponse().code();
    return switch (code) {
      case 401 -> "the API server does not know this operator: check its service account's token";
      case 403 ->
          ("may not forward ports in namespace %1$s: apply"
                  + " deploy/manifests/opt-in/port-forward.yaml and bind its ClusterRole to the"
                  + " operator's service account with a RoleBinding in %1$s")
              .formatted(namespace);
      default -> "the API server answers " + code + answer(refused);
    };
  }

  /** The reason is in the body, which the client drops; its cause still has it. */
  private static String answer(WebSocketHandshakeException refused) {
    if (refused.getCause() instanceof java.net.http.WebSocketHandshakeException original
        && original.getResponse() != null
        && original.getResponse().body() instanceof String body) {
      Matcher message = STATUS_MESSAGE.matcher(body);
      String text = (message.find() ? message.group(1).replace("\\\"", "\"") : body).strip();
      return ": " + text.substring(0, Math.min(LONGEST_ANSWER, text.length()));
    }
    return "";
  }
}
