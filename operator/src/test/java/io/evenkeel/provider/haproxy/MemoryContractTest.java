package io.evenkeel.provider.haproxy;

import static io.evenkeel.provider.haproxy.Pools.ONE;
import static io.evenkeel.provider.haproxy.Pools.assignment;
import static io.evenkeel.provider.haproxy.Pools.endpoint;
import static io.evenkeel.provider.haproxy.Pools.program;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.provider.ProviderContract;
import io.evenkeel.provider.memory.MemoryProvider;
import io.evenkeel.provider.memory.MemoryProxy;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** The contract on the room that needs nothing: what fails here is the contract's own fault. */
class MemoryContractTest implements ProviderContract {
  @Override
  public Fixture fixture() {
    Endpoint a = endpoint("10.97.0.1", 80);
    Endpoint b = endpoint("10.97.0.2", 80);
    MemoryProxy proxy = new MemoryProxy(new AtomicReference<>(new TreeMap<>()));
    AtomicBoolean lease = new AtomicBoolean(true);
    return new Fixture(
        new MemoryProvider(proxy, lease::get),
        assignment(Membership.Proxy, DeletionPolicy.Orphan, a, b),
        program(ONE, Map.of(a, 1, b, 1)),
        program(ONE, Map.of(a, 1, b, 2)),
        new Write.Declare(new Weights.PerBackend(new TreeMap<>(Map.of("blue", 1)))),
        () -> proxy.weights().set(new TreeMap<>()),
        lease);
  }
}
