package io.evenkeel.runtime;

import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;

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
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Duration LEAST = Duration.ofMillis(100);

  /**
   * @throws IllegalArgumentException with a sentence that says what to write instead
   */
  public Configuration {
    watchNamespaces = Set.copyOf(watchNamespaces);
    namespace("--operator-namespace", operatorNamespace);
    watchNamespaces.forEach(name -> namespace("--watch-namespaces", name));
    require(
        !identity.isBlank() && identity.length() <= 128,
        "--identity must have 1 to 128 characters, such as the name of the pod");
    range("--port", port, 0, 65_535);
    range("--workers", workers, 1, 1_000);
    range("--most-pool-series", mostPoolSeries, 0, 1_000_000);
    atLeast("--retry-period", retryPeriod);
    atLeast("--discovery-interval", discoveryInterval);
    require(
        leaseDuration.compareTo(Duration.ofSeconds(1)) >= 0,
        "--lease-duration must be at least 1s: a Lease counts whole seconds");
    require(
        retryPeriod.compareTo(renewDeadline) < 0 && renewDeadline.compareTo(leaseDuration) < 0,
        "--retry-period must be shorter than --renew-deadline, and that shorter than"
            + " --lease-duration, as in 2s, 10s and 15s");
  }

  private static void namespace(String option, String name) {
    require(
        NAME.matcher(name).matches(),
        option + ": \"" + name + "\" is not the name of a namespace, such as evenkeel-system");
  }

  private static void range(String option, int value, int least, int most) {
    require(
        least <= value && value <= most,
        option + " must be " + least + " to " + most + ", not " + value);
  }

  private static void atLeast(String option, Duration value) {
    require(value.compareTo(LEAST) >= 0, option + " must be at least 100ms");
  }

  private static void require(boolean good, String sentence) {
    if (!good) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
