package io.evenkeel.provider.memory;

import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Writes into a {@link MemoryProxy}, where each pool is a backend of its own. */
public record MemoryProvider(MemoryProxy proxy, BooleanSupplier mayWrite) implements Provider {
  @Override
  public String name() {
    return "Memory";
  }

  @Override
  public Optional<Outcome.Refused> check(Assignment assignment) {
    return Optional.empty();
  }

  @Override
  public Scale scale(Assignment assignment) {
    return Scale.HAPROXY;
  }

  @Override
  public Reading<Declared> declared(Assignment assignment) {
    return new Reading.NotSupported<>("ProxiesHoldWeights", "only the memory holds these weights");
  }

  @Override
  public LiveTarget liveTarget(Assignment assignment) {
    return new LiveTarget.NamedBackend(backend(assignment));
  }

  @Override
  public Set<ObjectRef> dependsOn(Assignment assignment) {
    return Set.of();
  }

  @Override
  public Outcome apply(Assignment assignment, Write write) {
    if (!(write
        instanceof
        Write.Program(ReplicaId _, Weights.PerEndpoint(SortedMap<EndpointId, Integer> wanted)))) {
      return new Outcome.Refused("WrongGranularity", "the memory takes weights for each endpoint");
    }
    if (!mayWrite.getAsBoolean()) {
      return new Outcome.Failed("this process may not write any more");
    }
    SortedMap<Address, Integer> now = byAddress(assignment, wanted);
    SortedMap<Address, Integer> before = proxy.put(backend(assignment), now);
    return before.equals(now)
        ? new Outcome.Unchanged()
        : new Outcome.Applied(before + " → " + now, "");
  }

  private static SortedMap<Address, Integer> byAddress(
      Assignment assignment, SortedMap<EndpointId, Integer> wanted) {
    SortedMap<Address, Integer> weights = new TreeMap<>();
    assignment.backends().stream()
        .filter(Backend.Resolved.class::isInstance)
        .flatMap(backend -> ((Backend.Resolved) backend).endpoints().stream())
        .forEach(
            endpoint -> weights.put(endpoint.primary(), wanted.getOrDefault(endpoint.id(), 0)));
    return weights;
  }

  private static String backend(Assignment assignment) {
    return assignment.id().toString();
  }

  @Override
  public Outcome release(Assignment assignment) {
    return new Outcome.Unchanged();
  }
}
