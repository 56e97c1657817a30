package io.evenkeel.reconcile;

import io.evenkeel.core.decide.Correction;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Finding;
import io.evenkeel.core.decide.Ladder;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.share.Share;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The metrics of the loop. Their number is bounded by pools × backends, and by {@code mostPools}.
 */
public final class Meters {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
    Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
    Duration.ofMillis(2500), Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(60)
  };

  private final MeterRegistry registry;
  private final int mostPools;
  private final Map<PoolId, Map<String, Value>> pools = new ConcurrentHashMap<>();
  private final AtomicReference<Double> lastCheck = new AtomicReference<>(0.0);
  private final Set<String> openDrifts = ConcurrentHashMap.newKeySet();

  private record Value(AtomicReference<Double> value, Meter.Id id) {}

  /**
   * @param mostPools pools beyond this many have no gauges of their own
   */
  public Meters(MeterRegistry registry, int mostPools) {
    this.registry = registry;
    this.mostPools = mostPools;
    Gauge.builder(
            "evenkeel.last.successful.check.timestamp.seconds", lastCheck, AtomicReference::get)
        .description("When a pool was last gathered and judged, in Unix seconds")
        .register(registry);
  }

  /** What a decision says of one pool. */
  public void decided(PoolId pool, Decision decision, Instant now) {
    lastCheck.set(now.toEpochMilli() / 1000.0);
    for (Finding finding : decision.findings()) {
      if (finding instanceof Finding.Drift drift && openDrifts.add(pool + " " + drift.key())) {
        registry
            .counter(
                "evenkeel.drift", "rung", drift.rung().name().toLowerCase(java.util.Locale.ROOT))
            .increment();
        drift
            .writer()
            .ifPresent(w ->
                timer("evenkeel.time.to.detect", drift.rung(), between(w.time(), drift.since())));
      }
    }
    openDrifts.removeIf(key ->
        key.startsWith(pool + " ")
            && decision.findings().stream()
                .noneMatch(f -> f instanceof Finding.Drift d && key.equals(pool + " " + d.key())));
    if (pools.containsKey(pool) || pools.size() < mostPools) {
      gauges(pool, decision.ladder());
    }
  }

  private void gauges(PoolId pool, Ladder ladder) {
    Map<String, Double> now = new HashMap<>();
    Map<String, Tags> tags = new HashMap<>();
    for (Ladder.BackendRow row : ladder.backends()) {
      share(now, tags, pool, row, "desired", Optional.of(row.desired()));
      share(now, tags, pool, row, "declared", row.declared());
      share(now, tags, pool, row, "live_min", row.liveMin());
      share(now, tags, pool, row, "live_max", row.liveMax());
      share(now, tags, pool, row, "observed", row.observed());
      row.weight()
          .ifPresent(weight -> {
            String key = "evenkeel.weight " + row.backend();
            now.put(key, weight.doubleValue());
            tags.put(key, tags(pool, row.backend()));
          });
    }
    Map<String, Value> known = pools.computeIfAbsent(pool, p -> new ConcurrentHashMap<>());
    known.forEach((key, value) -> {
      if (!now.containsKey(key)) {
        registry.remove(value.id());
        known.remove(key);
      }
    });
    now.forEach((key, value) ->
        known
            .computeIfAbsent(
                key,
                k -> {
                  AtomicReference<Double> holder = new AtomicReference<>(value);
                  Gauge gauge =
                      Gauge.builder(k.substring(0, k.indexOf(' ')), holder, AtomicReference::get)
                          .tags(java.util.Objects.requireNonNull(tags.get(k)))
                          .register(registry);
                  return new Value(holder, gauge.getId());
                })
            .value()
            .set(value));
  }

  private static Tags tags(PoolId pool, String backend) {
    return Tags.of("namespace", pool.namespace(), "pool", pool.name(), "backend", backend);
  }

  private static void share(
      Map<String, Double> now,
      Map<String, Tags> tags,
      PoolId pool,
      Ladder.BackendRow row,
      String rung,
      Optional<Share> share) {
    share.ifPresent(s -> {
      String key = "evenkeel.share " + rung + " " + row.backend();
      now.put(key, s.toDouble());
      tags.put(key, tags(pool, row.backend()).and("rung", rung));
    });
  }

  /** A write was tried. */
  public void wrote(Correction correction, String result, Duration took) {
    Finding.Rung rung =
        correction.write() instanceof Write.Declare ? Finding.Rung.DECLARED : Finding.Rung.LIVE;
    String name =
        correction.kind() == Correction.Kind.CORRECT ? "evenkeel.corrections" : "evenkeel.follows";
    registry
        .counter(name, "rung", rung.name().toLowerCase(java.util.Locale.ROOT), "result", result)
        .increment();
    if (correction.kind() == Correction.Kind.CORRECT && result.equals("applied")) {
      timer("evenkeel.time.to.correct", rung, took);
    }
  }

  /** Replicas of a class. */
  public void replicas(String className, int expected, int read) {
    Map<String, Value> known =
        pools.computeIfAbsent(new PoolId("", className), p -> new ConcurrentHashMap<>());
    Map.of("expected", (double) expected, "read", (double) read)
        .forEach((state, value) ->
            known
                .computeIfAbsent(
                    state,
                    s -> {
                      AtomicReference<Double> holder = new AtomicReference<>(value);
                      return new Value(
                          holder,
                          Gauge.builder("evenkeel.replicas", holder, AtomicReference::get)
                              .tags("class", className, "state", s)
                              .register(registry)
                              .getId());
                    })
                .value()
                .set(value));
  }

  /** A pool (or with an empty namespace, a class) is gone, and its series with it. */
  public void forget(PoolId pool) {
    Map<String, Value> known = pools.remove(pool);
    if (known != null) {
      known.values().forEach(value -> registry.remove(value.id()));
    }
    openDrifts.removeIf(key -> key.startsWith(pool + " "));
  }

  private static Duration between(Instant from, Instant to) {
    Duration d = Duration.between(from, to);
    return d.isNegative() ? Duration.ZERO : d;
  }

  private void timer(String name, Finding.Rung rung, Duration took) {
    Timer.builder(name)
        .tag("rung", rung.name().toLowerCase(java.util.Locale.ROOT))
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(took);
  }
}
