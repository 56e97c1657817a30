package io.evenkeel.runtime;

import java.time.Duration;
import java.util.Set;

/**
 * What the process is told.
 *
 * @param operatorNamespace where Secrets named by classes and the Lease live
 * @param watchNamespaces empty: all
 * @param identity of this replica in the Lease and in events
 * @param port of health and metrics; 0 takes a free one
 * @param leaderElection false only where there is one replica for certain
 * @param workers pools that are worked on at once
 * @param mostPoolSeries pools with series of their own on /metrics
 */
public record Configuration(
    String operatorNamespace,
    Set<String> watchNamespaces,
    String identity,
    String bindAddress,
    int port,
    boolean leaderElection,
    Duration leaseDuration,
    Duration renewDeadline,
    Duration retryPeriod,
    int workers,
    int mostPoolSeries,
    Duration discoveryInterval) {
  public Configuration {
    watchNamespaces = Set.copyOf(watchNamespaces);
    if (renewDeadline.compareTo(leaseDuration) >= 0 || retryPeriod.compareTo(renewDeadline) >= 0) {
      throw new IllegalArgumentException(
          "--retry-period must be shorter than --renew-deadline, and that shorter than"
              + " --lease-duration");
    }
  }
}
