package io.evenkeel.provider;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.HAProxy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.wire.Dialer;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Pools, classes and contexts for tests of rooms that write to proxies. The pool is demo/shop, so
 * its backend section is demo_shop.
 */
public final class Assignments {
  public static final String BACKEND = "demo_shop";
  public static final ReplicaId ONE = new ReplicaId("edge", "one");

  private Assignments() {}

  @SuppressWarnings("NullAway") // the records take what the API server leaves out
  public static Assignment assignment(
      Membership membership, DeletionPolicy deletion, Endpoint... endpoints) {
    BalancerClass balancerClass = new BalancerClass();
    balancerClass.setMetadata(new ObjectMetaBuilder().withName("public").build());
    balancerClass.setSpec(
        new BalancerClassSpec(
            BalancerClassSpec.Provider.HAProxy, null, new HAProxy(null, membership), null, null));
    BalancedBackendPool pool = new BalancedBackendPool();
    pool.setMetadata(new ObjectMetaBuilder().withNamespace("demo").withName("shop").build());
    pool.setSpec(
        new BalancedBackendPoolSpec(
            "public", null, List.of(), List.of(), null, null, null, deletion, null));
    return new Assignment(
        pool,
        balancerClass,
        List.of(new Backend.Resolved("blue", 1, Arrays.asList(endpoints), Set.of(), List.of())));
  }

  public static Endpoint endpoint(String ip, int port) {
    Address address = new Address(ip, port);
    return new Endpoint(
        new EndpointId("blue", ip + "-" + port, port),
        address,
        new TreeSet<>(Set.of(address)),
        true,
        false,
        true);
  }

  public static Write program(ReplicaId replica, Map<Endpoint, Integer> weights) {
    SortedMap<EndpointId, Integer> byId = new TreeMap<>();
    weights.forEach((endpoint, weight) -> byId.put(endpoint.id(), weight));
    return new Write.Program(replica, new Weights.PerEndpoint(byId));
  }

  public record TestContext(Map<ReplicaId, Dialer> dialers, AtomicBoolean lease)
      implements ProviderRoom.Context {
    @Override
    public KubernetesClient client() {
      throw new UnsupportedOperationException("this room asks the API server nothing");
    }

    @Override
    public ProviderRoom.Caches caches() {
      throw new UnsupportedOperationException("this room reads no caches");
    }

    @Override
    public Replicas replicas() {
      return new Replicas() {
        @Override
        public Optional<Dialer> dialer(ReplicaId replica) {
          return Optional.ofNullable(dialers.get(replica));
        }

        @Override
        public Set<ReplicaId> of(String balancerClassName) {
          return dialers.keySet();
        }
      };
    }

    @Override
    public InstantSource clock() {
      return InstantSource.system();
    }

    @Override
    public String operatorNamespace() {
      return "evenkeel";
    }

    @Override
    public boolean mayWrite() {
      return lease.get();
    }
  }
}
