package io.evenkeel.cli;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * Whether an operator leads, by its Lease. Without one nobody keeps what the status of pools and
 * classes says, however good it looks.
 */
sealed interface Leading {
  /** One does. */
  record By(String holder, Duration renewedAgo) implements Leading {}

  /** One did, and ended or died. */
  record NobodySince(Instant last) implements Leading {}

  /** None ever did, as before the first start or without leader election. */
  record NobodyYet() implements Leading {}

  /** The Lease may not be seen. */
  record Hidden() implements Leading {}

  static Leading in(KubernetesClient client, String operatorNamespace, Instant now) {
    Lease lease;
    try {
      lease =
          client
              .resources(Lease.class)
              .inNamespace(operatorNamespace)
              .withName("evenkeel-operator")
              .get();
    } catch (KubernetesClientException e) {
      return new Hidden();
    }
    if (lease == null || lease.getSpec().getRenewTime() == null) {
      return new NobodyYet();
    }
    Instant renewed = lease.getSpec().getRenewTime().toInstant();
    Duration age = Duration.between(renewed, now);
    int allowed = Objects.requireNonNullElse(lease.getSpec().getLeaseDurationSeconds(), 15);
    String holder = Objects.requireNonNullElse(lease.getSpec().getHolderIdentity(), "");
    return holder.isEmpty() || age.toSeconds() > allowed
        ? new NobodySince(renewed.truncatedTo(ChronoUnit.SECONDS))
        : new By(holder, age.isNegative() ? Duration.ZERO : age);
  }
}
