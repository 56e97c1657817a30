package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.Durations;
import io.evenkeel.core.decide.Decide;
import io.evenkeel.runtime.BuiltIn;
import io.evenkeel.runtime.Configuration;
import io.evenkeel.runtime.Operator;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Runs the operator until it is told to end. */
@Command(
    name = "operator",
    description =
        "Run the operator. Every option can also be given as the environment variable named with"
            + " it.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class OperatorCommand implements Callable<Integer> {
  @Option(
      names = "--operator-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "${env:EVENKEEL_OPERATOR_NAMESPACE:-evenkeel-system}",
      description = {
        "Where the Lease and the Secrets named by classes live.",
        "(EVENKEEL_OPERATOR_NAMESPACE, default: evenkeel-system)"
      })
  private String operatorNamespace = "";

  @Option(
      names = "--watch-namespaces",
      paramLabel = "A,B",
      defaultValue = "${env:EVENKEEL_WATCH_NAMESPACES:-}",
      description = {
        "Only these namespaces, separated by commas; empty means all.",
        "(EVENKEEL_WATCH_NAMESPACES)"
      })
  private String watchNamespaces = "";

  @Option(
      names = "--identity",
      defaultValue = "${env:EVENKEEL_IDENTITY:-${env:HOSTNAME:-evenkeel}}",
      description = {
        "Of this replica, in the Lease and in events; must be unique among replicas.",
        "(EVENKEEL_IDENTITY, default: HOSTNAME)"
      })
  private String identity = "";

  @Option(
      names = "--bind-address",
      paramLabel = "IP",
      defaultValue = "${env:EVENKEEL_BIND_ADDRESS:-0.0.0.0}",
      description = {
        "For /livez, /readyz and /metrics.",
        "(EVENKEEL_BIND_ADDRESS, default: 0.0.0.0)"
      })
  private String bindAddress = "";

  @Option(
      names = "--port",
      defaultValue = "${env:EVENKEEL_PORT:-8080}",
      description = {"For the same; 0 takes a free one.", "(EVENKEEL_PORT, default: 8080)"})
  private int port;

  @Option(
      names = "--leader-election",
      arity = "1",
      paramLabel = "true|false",
      defaultValue = "${env:EVENKEEL_LEADER_ELECTION:-true}",
      description = {
        "Work only while holding the Lease. Switch off only where there is one replica for"
            + " certain.",
        "(EVENKEEL_LEADER_ELECTION, default: true)"
      })
  private boolean leaderElection;

  @Option(
      names = "--lease-duration",
      defaultValue = "${env:EVENKEEL_LEASE_DURATION:-15s}",
      converter = Span.class,
      description = {
        "After this without renewal another replica takes over.",
        "(EVENKEEL_LEASE_DURATION, default: 15s)"
      })
  private Duration leaseDuration = Duration.ZERO;

  @Option(
      names = "--renew-deadline",
      defaultValue = "${env:EVENKEEL_RENEW_DEADLINE:-10s}",
      converter = Span.class,
      description = {
        "After this without renewal nothing is written any more.",
        "(EVENKEEL_RENEW_DEADLINE, default: 10s)"
      })
  private Duration renewDeadline = Duration.ZERO;

  @Option(
      names = "--retry-period",
      defaultValue = "${env:EVENKEEL_RETRY_PERIOD:-2s}",
      converter = Span.class,
      description = {"Between two renewals.", "(EVENKEEL_RETRY_PERIOD, default: 2s)"})
  private Duration retryPeriod = Duration.ZERO;

  @Option(
      names = "--workers",
      defaultValue = "${env:EVENKEEL_WORKERS:-16}",
      description = {"Pools worked on at once.", "(EVENKEEL_WORKERS, default: 16)"})
  private int workers;

  @Option(
      names = "--most-pool-series",
      paramLabel = "N",
      defaultValue = "${env:EVENKEEL_MOST_POOL_SERIES:-2000}",
      description = {
        "Pools that have series of their own on /metrics; further ones count in totals only.",
        "(EVENKEEL_MOST_POOL_SERIES, default: 2000)"
      })
  private int mostPoolSeries;

  @Option(
      names = "--discovery-interval",
      defaultValue = "${env:EVENKEEL_DISCOVERY_INTERVAL:-30s}",
      converter = Span.class,
      description = {
        "How often to look whether the CRDs of a provider that is off have arrived.",
        "(EVENKEEL_DISCOVERY_INTERVAL, default: 30s)"
      })
  private Duration discoveryInterval = Duration.ZERO;

  @Override
  public Integer call() throws Exception {
    Configuration configuration =
        new Configuration(
            operatorNamespace,
            namespaces(),
            identity,
            bindAddress,
            port,
            leaderElection,
            leaseDuration,
            renewDeadline,
            retryPeriod,
            workers,
            mostPoolSeries,
            discoveryInterval);
    InstantSource clock = InstantSource.system();
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        Operator operator =
            new Operator(configuration, client, BuiltIn.rooms(clock), Decide::decide, clock)) {
      Runtime.getRuntime().addShutdownHook(new Thread(operator::close, "shutdown"));
      operator.start();
      return operator.await() ? 0 : 1;
    }
  }

  private Set<String> namespaces() {
    List<String> parts = Arrays.asList(watchNamespaces.split(",", -1));
    return parts.stream()
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  /** Durations as everywhere in Kubernetes. */
  static final class Span implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return Durations.parse(text);
    }
  }
}
