package io.evenkeel.api.v1alpha1;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the platform team decides. Fields that the API gives a default are never null: what was left
 * out is read as its default.
 *
 * @param provider immutable; the block of that name is set, and no other
 * @param live how proxies are read; without it the live rung is unknown
 */
@Wire
public record BalancerClassSpec(
    Provider provider,
    @Nullable GatewayAPI gatewayAPI,
    @Nullable HAProxy haproxy,
    @Nullable Live live,
    Policy policy) {
  public BalancerClassSpec {
    policy = Values.or(policy, Policy.defaults());
  }

  /** What carries out the weights. */
  public enum Provider {
    GatewayAPI,
    HAProxy
  }

  /**
   * @param parentRefs the Gateways that generated routes attach to, 1 to 16
   */
  @Wire
  public record GatewayAPI(List<ParentRef> parentRefs) {
    public GatewayAPI {
      parentRefs = Values.copy(parentRefs);
    }
  }

  /** A Gateway. */
  @Wire
  public record ParentRef(String group, String kind, String namespace, String name) {
    public ParentRef {
      group = Values.or(group, "gateway.networking.k8s.io");
      kind = Values.or(kind, "Gateway");
    }
  }

  /**
   * @param backendName the template of the name of a pool's backend section in haproxy.cfg
   */
  @Wire
  public record HAProxy(String backendName, Membership membership) {
    public HAProxy {
      backendName = Values.or(backendName, "{namespace}_{pool}");
      membership = Values.or(membership, Membership.Proxy);
    }

    /** The name of the backend section of one pool. */
    public String backendNameOf(String namespace, String pool) {
      return backendName.replace("{namespace}", namespace).replace("{pool}", pool);
    }
  }

  /** Who decides which servers a HAProxy backend has. */
  public enum Membership {
    /** A file, DNS or another controller; Evenkeel sets weights only. */
    Proxy,
    /** Evenkeel adds and removes servers too. */
    Evenkeel
  }

  /**
   * @param fleets one for each set of proxies, 1 to 16, unique by name
   */
  @Wire
  public record Live(List<Fleet> fleets) {
    public Live {
      fleets = Values.copy(fleets);
    }
  }

  /**
   * A set of proxies that serve the same configuration.
   *
   * @param interval between two readings of one replica, 200 ms to 1 h
   * @param timeout of one reading, 50 ms to 30 s
   * @param settle how long a proxy may take to follow a change, 0 s to 10 min
   */
  @Wire
  public record Fleet(
      String name,
      Probe probe,
      Replicas replicas,
      @Span Duration interval,
      @Span Duration timeout,
      @Span Duration settle,
      @Nullable Tls tls) {
    public Fleet {
      interval = Values.or(interval, Duration.ofSeconds(2));
      timeout = Values.or(timeout, Duration.ofSeconds(1));
      settle = Values.or(settle, Duration.ofSeconds(10));
    }
  }

  /** How a proxy is read. */
  public enum Probe {
    Envoy,
    HAProxy,
    Traefik
  }

  /**
   * Where the proxies are: exactly one of the two.
   *
   * @param addresses {@code host:port}, {@code [v6]:port} or {@code unix:/path}
   */
  @Wire
  public record Replicas(@Nullable Pods pods, List<String> addresses) {
    public Replicas {
      addresses = Values.copy(addresses);
    }
  }

  /**
   * @param port of the proxy's admin interface, 1 to 65535
   */
  @Wire
  public record Pods(String namespace, LabelSelector selector, int port, Via via) {
    public Pods {
      via = Values.or(via, Via.Direct);
    }
  }

  /** How a pod is reached. */
  public enum Via {
    /** At its address. */
    Direct,
    /** Through the API server; for admin interfaces that listen on the pod's localhost only. */
    PortForward
  }

  /**
   * @param secretName in the operator's namespace: {@code tls.crt}, {@code tls.key} and {@code
   *     ca.crt}
   * @param serverName checked in the proxy's certificate; the address when absent
   */
  @Wire
  public record Tls(String secretName, @Nullable String serverName) {}

  /**
   * Bounds that no pool can loosen.
   *
   * @param suspend true: no write at all, within a second
   * @param hostnames who may use which host; nobody any when empty
   * @param maxPause the longest pause a pool can ask for
   * @param allowCustomEndpoints whether slices that the EndpointSlice controller did not write
   *     count
   */
  @Wire
  public record Policy(
      Mode mode,
      boolean suspend,
      Namespaces namespaces,
      List<HostnameRule> hostnames,
      Corrections corrections,
      @Span Duration maxPause,
      boolean allowCustomEndpoints) {
    public Policy {
      mode = Values.or(mode, Mode.Correct);
      namespaces = Values.or(namespaces, new Namespaces(From.All, null));
      hostnames = Values.copy(hostnames);
      corrections = Values.or(corrections, Corrections.defaults());
      maxPause = Values.or(maxPause, Duration.ofHours(24));
    }

    /** What holds for a class that says nothing. */
    public static Policy defaults() {
      return new Policy(
          Mode.Correct,
          false,
          new Namespaces(From.All, null),
          List.of(),
          Corrections.defaults(),
          Duration.ofHours(24),
          false);
    }
  }

  /**
   * Which namespaces may have pools of this class.
   *
   * @param selector with {@link From#Selector} only
   */
  @Wire
  public record Namespaces(From from, @Nullable LabelSelector selector) {
    public Namespaces {
      from = Values.or(from, From.All);
    }
  }

  /** As in Gateway listeners. */
  public enum From {
    /** The namespaces of the class's Gateways. */
    Same,
    All,
    Selector
  }

  /**
   * @param pattern a host, {@code *.domain}, or {@code *} for all
   * @param namespaces who may use it; every namespace of the class when absent
   */
  @Wire
  public record HostnameRule(String pattern, @Nullable HostnameNamespaces namespaces) {}

  @Wire
  public record HostnameNamespaces(LabelSelector selector) {}

  /**
   * How many corrections may be written; following a change of the spec or of the endpoints is not
   * counted.
   */
  @Wire
  public record Corrections(Budget perPool, Budget perClass) {
    public Corrections {
      perPool = Budget.or(perPool, 10, 30);
      perClass = Budget.or(perClass, 2000, 6000);
    }

    /** 10 and 30 a minute for a pool, 2000 and 6000 a minute for the class. */
    public static Corrections defaults() {
      return new Corrections(new Budget(10, 30), new Budget(2000, 6000));
    }
  }

  /**
   * A token bucket. A part that was left out takes the default of where the budget stands.
   *
   * @param burst the bucket's size
   * @param perMinute how fast it fills
   */
  @Wire
  public record Budget(Integer burst, Integer perMinute) {
    private static Budget or(@Nullable Budget given, int burst, int perMinute) {
      return given == null
          ? new Budget(burst, perMinute)
          : new Budget(Values.or(given.burst, burst), Values.or(given.perMinute, perMinute));
    }
  }
}
