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
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Runs the operator until it is told to end. */
@Command(
    name = "operator",
    description =
        "Run the operator until it is told to end. Every option can also be given as the"
            + " environment variable named with it; an option wins.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nThe API server:%n",
    footer = {
      "  In a pod, that of the cluster, as the pod's ServiceAccount; elsewhere that of",
      "  the current context in KUBECONFIG or ~/.kube/config."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:told to end, and ended in order (143 after SIGTERM, as the JVM has it)",
      "1:the Lease was lost, or another replica holds this identity; start it again",
      "2:an option is wrong, or the operator could not start; the last line says why"
    })
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
        "(EVENKEEL_WATCH_NAMESPACES, default: all)"
      })
  private String watchNamespaces = "";

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      defaultValue = "${env:EVENKEEL_IDENTITY:-${env:HOSTNAME:-evenkeel}}",
      description = {
        "Of this replica, in the Lease and in events; must be unique among replicas.",
        "(EVENKEEL_IDENTITY, default: HOSTNAME, or else evenkeel)"
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
      paramLabel = "N",
      defaultValue = "${env:EVENKEEL_PORT:-8080}",
      converter = Whole.class,
      description = {
        "For the same, 0 to 65535; 0 takes a free one, which the log tells.",
        "(EVENKEEL_PORT, default: 8080)"
      })
  private int port;

  @Option(
      names = "--leader-election",
      arity = "1",
      paramLabel = "true|false",
      defaultValue = "${env:EVENKEEL_LEADER_ELECTION:-true}",
      converter = YesOrNo.class,
      description = {
        "Work only while holding the Lease. Switch off only where there is one replica for"
            + " certain.",
        "(EVENKEEL_LEADER_ELECTION, default: true)"
      })
  private boolean leaderElection;

  @Option(
      names = "--lease-duration",
      paramLabel = "DURATION",
      defaultValue = "${env:EVENKEEL_LEASE_DURATION:-15s}",
      converter = Span.class,
      description = {
        "After this without renewal another replica takes over.",
        "(EVENKEEL_LEASE_DURATION, default: 15s)"
      })
  private Duration leaseDuration = Duration.ZERO;

  @Option(
      names = "--renew-deadline",
      paramLabel = "DURATION",
      defaultValue = "${env:EVENKEEL_RENEW_DEADLINE:-10s}",
      converter = Span.class,
      description = {
        "After this without renewal nothing is written any more.",
        "(EVENKEEL_RENEW_DEADLINE, default: 10s)"
      })
  private Duration renewDeadline = Duration.ZERO;

  @Option(
      names = "--retry-period",
      paramLabel = "DURATION",
      defaultValue = "${env:EVENKEEL_RETRY_PERIOD:-2s}",
      converter = Span.class,
      description = {"Between two renewals.", "(EVENKEEL_RETRY_PERIOD, default: 2s)"})
  private Duration retryPeriod = Duration.ZERO;

  @Option(
      names = "--workers",
      paramLabel = "N",
      converter = Whole.class,
      defaultValue = "${env:EVENKEEL_WORKERS:-16}",
      description = {"Pools worked on at once, 1 to 1000.", "(EVENKEEL_WORKERS, default: 16)"})
  private int workers;

  @Option(
      names = "--most-pool-series",
      paramLabel = "N",
      converter = Whole.class,
      defaultValue = "${env:EVENKEEL_MOST_POOL_SERIES:-2000}",
      description = {
        "Pools that have series of their own on /metrics; further ones count in totals only.",
        "(EVENKEEL_MOST_POOL_SERIES, default: 2000)"
      })
  private int mostPoolSeries;

  @Option(
      names = "--discovery-interval",
      paramLabel = "DURATION",
      defaultValue = "${env:EVENKEEL_DISCOVERY_INTERVAL:-30s}",
      converter = Span.class,
      description = {
        "How often to look whether the CRDs of a provider that is off have arrived.",
        "(EVENKEEL_DISCOVERY_INTERVAL, default: 30s)"
      })
  private Duration discoveryInterval = Duration.ZERO;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      defaultValue = "${env:EVENKEEL_LOG_FORMAT:-text}",
      converter = LogFormat.class,
      description = {
        "One event per line, as key=value (logfmt) or as a JSON object.",
        "(EVENKEEL_LOG_FORMAT, default: text)"
      })
  private String logFormat = "";

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "${env:EVENKEEL_LOG_LEVEL:-INFO}",
      converter = LogLevel.class,
      description = {
        "The least level that is logged: ERROR, WARN, INFO, DEBUG or TRACE.",
        "(EVENKEEL_LOG_LEVEL, default: INFO)"
      })
  private String logLevel = "";

  @Override
  public Integer call() throws Exception {
    // Before the first logger is made: logback.xml reads them.
    System.setProperty("EVENKEEL_LOG_FORMAT", logFormat);
    System.setProperty("EVENKEEL_LOG_LEVEL", logLevel);
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
      try {
        return Durations.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Numbers, with a sentence for what is none. */
  static final class Whole implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        return Integer.valueOf(text);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("\"" + text + "\" is not a whole number");
      }
    }
  }

  /** True and false, and nothing that merely looks like it. */
  static final class YesOrNo implements ITypeConverter<Boolean> {
    @Override
    public Boolean convert(String text) {
      return Boolean.valueOf(oneOf(text.toLowerCase(Locale.ROOT), "true", "false"));
    }
  }

  /** Text or json. */
  static final class LogFormat implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return oneOf(text.toLowerCase(Locale.ROOT), "text", "json");
    }
  }

  /** A level of the log. */
  static final class LogLevel implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return oneOf(text.toUpperCase(Locale.ROOT), "ERROR", "WARN", "INFO", "DEBUG", "TRACE");
    }
  }

  private static String oneOf(String text, String... known) {
    if (!List.of(known).contains(text)) {
      throw new TypeConversionException(
          "\"" + text + "\" is none of " + String.join(", ", known) + ": write one of them");
    }
    return text;
  }
}
