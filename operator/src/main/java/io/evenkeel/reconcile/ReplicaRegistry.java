package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.LabelSelector;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.provider.Replicas;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.Dialers;
import io.evenkeel.wire.Limits;
import io.evenkeel.wire.PortForwardDialer;
import io.evenkeel.wire.TlsIdentity;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which proxy replicas each class names, whether they count, and how each is reached. */
public final class ReplicaRegistry implements Replicas, AutoCloseable {
  private static final long MAX_BYTES = 64L << 20;

  /** How long a replaced Secret may go unnoticed. */
  private static final Duration SECRET_KEPT = Duration.ofSeconds(5);

  /**
   * One replica as its class describes it.
   *
   * @param counted ready, not terminating and older than the settling time
   */
  public record Member(
      ReplicaId id, String className, BalancerClassSpec.Fleet fleet, boolean counted, Way way) {}

  /** How a replica is reached. */
  public sealed interface Way {
    record ByAddress(String address) implements Way {}

    record ByPortForward(String namespace, String pod, int port) implements Way {}
  }

  private record PodsKey(String namespace, LabelSelector selector) {}

  private record KeptIdentity(TlsIdentity identity, Instant at) {}

  private final KubernetesClient client;
  private final String operatorNamespace;
  private final InstantSource clock;
  private final Runnable changed;
  private final Map<PodsKey, SharedIndexInformer<Pod>> pods = new ConcurrentHashMap<>();
  private final Map<String, KeptIdentity> identities = new ConcurrentHashMap<>();
  private volatile Map<ReplicaId, Member> members = Map.of();

  /** By class, why a fleet of it cannot be listed. */
  private volatile Map<String, String> errors = Map.of();

  /**
   * @param changed called when a pod of a fleet comes, goes or changes
   */
  public ReplicaRegistry(
      KubernetesClient client, String operatorNamespace, InstantSource clock, Runnable changed) {
    this.client = client;
    this.operatorNamespace = operatorNamespace;
    this.clock = clock;
    this.changed = changed;
  }

  /** Brings the members in line with the classes; cheap when nothing changed. */
  public synchronized Map<ReplicaId, Member> sync(Stream<BalancerClass> classes) {
    Map<ReplicaId, Member> now = new TreeMap<>();
    Set<PodsKey> wanted = new HashSet<>();
    Map<String, String> troubles = new HashMap<>();
    classes.forEach(c -> {
      if (c.getSpec().live() != null) {
        for (BalancerClassSpec.Fleet fleet : c.getSpec().live().fleets()) {
          for (Member member : members(c.getMetadata().getName(), fleet, wanted, troubles)) {
            now.put(member.id(), member);
          }
        }
      }
    });
    Map<PodsKey, SharedIndexInformer<Pod>> unwanted = new HashMap<>(pods);
    unwanted.keySet().removeAll(wanted);
    unwanted.forEach((key, informer) -> {
      informer.stop();
      pods.remove(key);
    });
    members = Map.copyOf(now);
    errors = Map.copyOf(troubles);
    return now;
  }

  private List<Member> members(
      String className,
      BalancerClassSpec.Fleet fleet,
      Set<PodsKey> wanted,
      Map<String, String> troubles) {
    String fleetName = className + "/" + fleet.name();
    BalancerClassSpec.Pods selected = fleet.replicas().pods();
    if (selected == null) {
      return fleet.replicas().addresses().stream()
          .map(address ->
              new Member(
                  new ReplicaId(fleetName, address),
                  className,
                  fleet,
                  true,
                  new Way.ByAddress(address)))
          .toList();
    }
    PodsKey key = new PodsKey(selected.namespace(), selected.selector());
    wanted.add(key);
    SharedIndexInformer<Pod> informer = pods.get(key);
    if (informer == null) {
      try {
        informer = informer(key);
        pods.put(key, informer);
      } catch (IllegalStateException e) {
        troubles.putIfAbsent(className, String.valueOf(e.getMessage()));
        return List.of();
      }
    }
    Instant now = clock.instant();
    return informer.getStore().list().stream()
        .filter(pod -> pod.getStatus() != null && pod.getStatus().getPodIP() != null)
        .map(pod ->
            new Member(
                new ReplicaId(fleetName, pod.getMetadata().getName()),
                className,
                fleet,
                counted(pod, fleet.settle(), now),
                way(pod, selected)))
        .toList();
  }

  private static Way way(Pod pod, BalancerClassSpec.Pods selected) {
    String ip = pod.getStatus().getPodIP();
    return switch (selected.via()) {
      case Direct ->
          new Way.ByAddress((ip.indexOf(':') < 0 ? ip : "[" + ip + "]") + ":" + selected.port());
      case PortForward ->
          new Way.ByPortForward(selected.namespace(), pod.getMetadata().getName(), selected.port());
    };
  }

  static boolean counted(Pod pod, Duration settle, Instant now) {
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return false;
    }
    List<PodCondition> conditions = pod.getStatus().getConditions();
    return conditions != null
        && conditions.stream()
            .filter(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()))
            .anyMatch(c ->
                c.getLastTransitionTime() == null
                    || !Instant.parse(c.getLastTransitionTime()).plus(settle).isAfter(now));
  }

  private SharedIndexInformer<Pod> informer(PodsKey key) {
    var selector =
        new LabelSelectorBuilder()
            .withMatchLabels(key.selector().matchLabels())
            .withMatchExpressions(
                key.selector().matchExpressions().stream()
                    .map(
                        e -> new LabelSelectorRequirement(e.key(), e.operator().name(), e.values()))
                    .toList())
            .build();
    SharedIndexInformer<Pod> informer =
        client.pods().inNamespace(key.namespace()).withLabelSelector(selector).runnableInformer(0);
    informer.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(Pod pod) {
            changed.run();
          }

          @Override
          public void onUpdate(Pod before, Pod after) {
            changed.run();
          }

          @Override
          public void onDelete(Pod pod, boolean unknown) {
            changed.run();
          }
        });
    try {
      informer.start().toCompletableFuture().get(10, TimeUnit.SECONDS);
      return informer;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", stop);
    } catch (Exception e) {
      informer.stop();
      throw new IllegalStateException(
          "cannot watch the proxies' pods in namespace " + key.namespace() + ": " + e.getMessage(),
          e);
    }
  }

  /** Why a fleet of a class cannot be listed, if so. */
  public Optional<String> error(String className) {
    return Optional.ofNullable(errors.get(className));
  }

  public List<Member> members(String className) {
    return members.values().stream()
        .filter(m -> m.className().equals(className))
        .sorted((a, b) -> a.id().compareTo(b.id()))
        .toList();
  }

  @Override
  public Set<ReplicaId> of(String balancerClassName) {
    return members(balancerClassName).stream().map(Member::id).collect(Collectors.toSet());
  }

  @Override
  public Optional<Dialer> dialer(ReplicaId replica) {
    return Optional.ofNullable(members.get(replica)).map(this::dialer);
  }

  /**
   * A way to a member that looks up its credentials at each dial, so that a replaced Secret counts
   * soon.
   */
  Dialer dialer(Member member) {
    BalancerClassSpec.Fleet fleet = member.fleet();
    Limits limits = new Limits(fleet.timeout(), MAX_BYTES);
    return switch (member.way()) {
      case Way.ByPortForward(String namespace, String pod, int port) ->
          new PortForwardDialer(client, namespace, pod, port, limits);
      case Way.ByAddress(String address) -> {
        BalancerClassSpec.Tls tls = fleet.tls();
        yield tls == null
            ? Dialers.of(address, Optional.empty(), limits)
            : new WithSecret(this, address, tls, limits);
      }
    };
  }

  private record WithSecret(
      ReplicaRegistry registry, String address, BalancerClassSpec.Tls tls, Limits limits)
      implements Dialer {
    @Override
    public String describe() {
      return address + " (TLS)";
    }

    @Override
    public io.evenkeel.wire.Connection dial() throws IOException {
      try {
        return Dialers.of(
                address,
                Optional.of(
                    new Dialers.Tls(
                        registry.identity(tls.secretName()),
                        Optional.ofNullable(tls.serverName()))),
                limits)
            .dial();
      } catch (RuntimeException e) {
        throw new IOException(
            "Secret " + registry.operatorNamespace + "/" + tls.secretName() + ": " + e.getMessage(),
            e);
      }
    }
  }

  private TlsIdentity identity(String secretName) {
    KeptIdentity kept = identities.get(secretName);
    Instant now = clock.instant();
    if (kept != null && kept.at().plus(SECRET_KEPT).isAfter(now)) {
      return kept.identity();
    }
    Secret secret;
    try {
      secret = client.secrets().inNamespace(operatorNamespace).withName(secretName).get();
    } catch (KubernetesClientException e) {
      if (kept != null) {
        return kept.identity(); // An API server that is away takes no proxy's credentials away.
      }
      throw e;
    }
    if (secret == null || secret.getData() == null) {
      throw new IllegalArgumentException("it does not exist or is empty");
    }
    TlsIdentity identity =
        TlsIdentity.of(
            part(secret, "ca.crt"),
            secret.getData().containsKey("tls.crt")
                ? Optional.of(
                    new TlsIdentity.Client(part(secret, "tls.crt"), part(secret, "tls.key")))
                : Optional.empty());
    identities.put(secretName, new KeptIdentity(identity, now));
    return identity;
  }

  private static byte[] part(Secret secret, String name) {
    String value = secret.getData().get(name);
    if (value == null) {
      throw new IllegalArgumentException("it has no " + name);
    }
    return Base64.getDecoder().decode(value);
  }

  @Override
  public void close() {
    pods.values().forEach(SharedIndexInformer::stop);
  }
}
