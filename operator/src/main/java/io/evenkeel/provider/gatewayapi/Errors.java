package io.evenkeel.provider.gatewayapi;

import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.provider.Outcome;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** What the API server's refusals mean. */
final class Errors {
  private Errors() {}

  /**
   * 404 and 409: changed under us. 422 without causes is a failed {@code test} of a JSON Patch, the
   * same; with causes the object is invalid. Other refusals of the request itself stay until
   * somebody changes something; the rest may pass.
   */
  static Outcome outcome(KubernetesClientException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.getCode()) {
      case 404, 409 -> new Outcome.Conflict(message);
      case 422 ->
          hasCauses(e)
              ? new Outcome.Refused(Reasons.INVALID, message)
              : new Outcome.Conflict(message);
      case 400 -> new Outcome.Refused(Reasons.INVALID, message);
      case 401, 403 -> new Outcome.Refused(Reasons.FORBIDDEN, message);
      default -> new Outcome.Failed(message);
    };
  }

  private static boolean hasCauses(KubernetesClientException e) {
    return e.getStatus() != null
        && e.getStatus().getDetails() != null
        && !RouteView.list(e.getStatus().getDetails().getCauses()).isEmpty();
  }
}
