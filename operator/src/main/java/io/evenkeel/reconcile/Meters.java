package io.evenkeel.reconcile;

import io.evenkeel.core.decide.Correction;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Finding;
import io.evenkeel.core.decide.Ladder;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.share.Share;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * The metrics of the loop. Their number is bounded by pools × backends, and by {@code mostPools}.
 */
public final class Meters {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
    Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
    Duration.ofMillis(2500), Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(60)
  };

  private static final String DETECTED = "From a change to its detection, at most";
  private static final String CORRECTED = "From detection to the write that put it right";

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

  /**
   * What a decision says of one pool.
   *
   * @param unseen how old a change in a replica can have been when it was seen
   */
  public void decided(
      PoolId pool, Decision decision, Instant now, Function<ReplicaId, Optional<Duration>> unseen) {
    lastCheck.set(now.toEpochMilli() / 1000.0);
    for (Finding finding : decision.findings()) {
      if (finding instanceof Finding.Drift drift && openDrifts.add(pool + " " + drift.key())) {
        count("evenkeel.drift", "Differences that nothing explains", Tags.of(rung(drift.rung())));
        drift
            .replica()
            .map(unseen)
            .orElseGet(() -> drift.writer().map(w -> between(w.time(), drift.since())))
            .ifPresent(age -> timer("evenkeel.time.to.detect", DETECTED, drift.rung(), age));
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
    Map<String, Value> known = pools.computeIfAbsent(pool, p -> new ConcurrentHashMap<>());
    Set<String> now = new HashSet<>();
    for (Ladder.BackendRow row : ladder.backends()) {
      Tags tags =
          Tags.of("namespace", pool.namespace(), "pool", pool.name(), "backend", row.backend());
      now.add(share(known, tags, "desired", row.desired()));
      row.declared().ifPresent(share -> now.add(share(known, tags, "declared", share)));
      row.liveMin().ifPresent(share -> now.add(share(known, tags, "live_min", share)));
      row.liveMax().ifPresent(share -> now.add(share(known, tags, "live_max", share)));
      row.observed().ifPresent(share -> now.add(share(known, tags, "observed", share)));
      row.weight()
          .ifPresent(weight ->
              now.add(
                  gauge(
                      known,
                      "evenkeel.weight",
                      "The weight that the provider is asked to carry",
                      tags,
                      weight)));
    }
    known.forEach((key, value) -> {
      if (!now.contains(key)) {
        registry.remove(value.id());
        known.remove(key);
      }
    });
  }

  private String share(Map<String, Value> known, Tags tags, String rung, Share share) {
    return gauge(
        known,
        "evenkeel.share",
        "The share of a backend on a rung, 0 to 1",
        tags.and("rung", rung),
        share.toDouble());
  }

  /** A write was tried. */
  public void wrote(Correction correction, String result, Duration took) {
    Finding.Rung rung =
        correction.write() instanceof Write.Declare ? Finding.Rung.DECLARED : Finding.Rung.LIVE;
    boolean correct = correction.kind() == Correction.Kind.CORRECT;
    count(
        correct ? "evenkeel.corrections" : "evenkeel.follows",
        correct ? "Attempts to put a difference right" : "Attempts to follow a change",
        Tags.of(rung(rung)).and("result", result));
    if (correct && result.equals("applied")) {
      timer("evenkeel.time.to.correct", CORRECTED, rung, took);
    }
  }

  /**
   * Replicas of a class.
   *
   * @param oldest when the replica that was read longest ago was last read; the epoch when one
   *     never was
   */
  public void replicas(String className, int expected, int read, Instant oldest) {
    Map<String, Value> known =
        pools.computeIfAbsent(new PoolId("", className), p -> new ConcurrentHashMap<>());
    gauge(
        known,
        "evenkeel.replicas",
        "Proxy replicas of a class",
        Tags.of("class", className, "state", "expected"),
        expected);
    gauge(
        known,
        "evenkeel.replicas",
        "Proxy replicas of a class",
        Tags.of("class", className, "state", "read"),
        read);
    gauge(
        known,
        "evenkeel.oldest.reading.timestamp.seconds",
        "When the replica of a class that was read longest ago was read, in Unix seconds",
        Tags.of("class", className),
        oldest.toEpochMilli() / 1000.0);
  }

  /** Sets a gauge, which is made first if need be; the answer is its key. */
  private String gauge(
      Map<String, Value> known, String name, String description, Tags tags, double value) {
    String key = name + tags;
    known
        .computeIfAbsent(
            key,
            k -> {
              AtomicReference<Double> holder = new AtomicReference<>(value);
              return new Value(
                  holder,
                  Gauge.builder(name, holder, AtomicReference::get)
                      .description(description)
                      .tags(tags)
                      .register(registry)
                      .getId());
            })
        .value()
        .set(value);
    return key;
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

  private static Tag rung(Finding.Rung rung) {
    return Tag.of("rung", rung.name().toLowerCase(Locale.ROOT));
  }

  private void count(String name, String description, Tags tags) {
    Counter.builder(name).description(description).tags(tags).register(registry).increment();
  }

  private void timer(String name, String description, Finding.Rung rung, Duration took) {
    Timer.builder(name)
        .description(description)
        .tags(Tags.of(rung(rung)))
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(took);
  }
}
