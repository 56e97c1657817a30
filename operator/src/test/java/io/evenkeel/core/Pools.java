package io.evenkeel.core;

import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Unit;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Snapshots for tests, small to write. */
final class Pools {
  static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

  private Pools() {}

  /** A backend whose endpoints are {@code 10.0.<block>.1}, {@code .2}, …, all ready. */
  static Backend backend(String name, int capacity, int block, int ready) {
    return new Backend.Resolved(
        name,
        capacity,
        IntStream.rangeClosed(1, ready)
            .mapToObj(i -> endpoint(name, address(block, i), true, false))
            .toList(),
        Set.of(),
        List.of());
  }

  static Address address(int block, int host) {
    return new Address("10.0." + block + "." + host, 8080);
  }

  static Endpoint endpoint(String backend, Address address, boolean ready, boolean terminating) {
    return new Endpoint(
        new EndpointId(backend, address.ip(), address.port()),
        address,
        new TreeSet<>(),
        ready,
        terminating,
        true);
  }

  static Declared route(Map<String, Integer> weights) {
    return new Declared(
        true,
        true,
        List.of(new TreeMap<>(weights)),
        false,
        List.of(),
        new Declared.Acceptance.Accepted(),
        Optional.of(new Declared.Writer("kubectl-edit", "Update", NOON)),
        Optional.empty(),
        Optional.empty(),
        "1");
  }

  static ReplicaReading replica(
      String name, boolean writable, Instant changed, Instant at, Map<Address, Integer> weights) {
    return new ReplicaReading(
        new ReplicaId("edge", name),
        true,
        writable ? Reach.WEIGHTS : Reach.NONE,
        changed,
        new Reading.Known<>(LiveView.configured(Distribution.ofCounts(weights), Map.of()), at));
  }

  static Snapshot.Intent intent() {
    return new Snapshot.Intent(
        new PoolId("shop", "shop"),
        1,
        Unit.ENDPOINT,
        Share.of(2, 100),
        Share.ZERO,
        Share.of(10, 100),
        true,
        Snapshot.Mode.CORRECT,
        true,
        1,
        100,
        false,
        Optional.empty(),
        Optional.empty());
  }

  static Snapshot snapshot(
      Instant now,
      List<Backend> backends,
      Scale scale,
      Reading<Declared> declared,
      List<ReplicaReading> live,
      Memory memory) {
    return new Snapshot(
        now,
        intent(),
        Optional.empty(),
        backends,
        Optional.of(scale),
        declared,
        !live.isEmpty(),
        live,
        new Snapshot.Bounds(
            false, Snapshot.Mode.CORRECT, Duration.ofSeconds(10), 10, 30, Duration.ofHours(24)),
        memory);
  }

  static Snapshot with(Snapshot s, Snapshot.Intent intent, Snapshot.Bounds bounds) {
    return new Snapshot(
        s.now(),
        intent,
        s.refusal(),
        s.backends(),
        s.scale(),
        s.declared(),
        s.liveConfigured(),
        s.live(),
        bounds,
        s.memory());
  }
}
