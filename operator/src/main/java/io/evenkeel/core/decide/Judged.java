package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Backend;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What comes out of judging a rung, gathered while the rungs are walked; it never leaves this
 * package.
 */
final class Judged {
  /** A write that should be made, before guards and budget have spoken. */
  record Wish(Correction.Kind kind, Write write, Instant detectedAt, String cause) {}

  final List<Finding> findings = new ArrayList<>();
  final List<Wish> wishes = new ArrayList<>();
  final List<Decision.ReplicaVerdict> replicas = new ArrayList<>();
  final List<Duration> looks = new ArrayList<>();

  /** First-seen times of what is still so. */
  final Map<String, Instant> open = new TreeMap<>();

  private final Snapshot snapshot;

  /** Something that a followed change needs could not be read, so the change is not over yet. */
  boolean unfinished;

  Judged(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** When this was first seen, now if it is new; remembered for the next decision. */
  Instant firstSeen(String key) {
    Instant since = snapshot.memory().openDrifts().getOrDefault(key, snapshot.now());
    open.put(key, since);
    return since;
  }

  List<Finding.Drift> drifts() {
    return findings.stream()
        .filter(Finding.Drift.class::isInstance)
        .map(Finding.Drift.class::cast)
        .toList();
  }

  /** Backends that should serve and have nobody to do it. */
  List<Finding.Lint> empty() {
    return snapshot.backends().stream()
        .filter(backend -> backend instanceof Backend.Resolved)
        .filter(backend -> backend.capacity() > 0 && backend.readyEndpoints().isEmpty())
        .map(backend ->
            new Finding.Lint(
                "BackendEmpty", backend.name() + " has no ready endpoint, so its weight is 0"))
        .toList();
  }

  String firstBehind() {
    return findings.stream()
        .filter(Finding.Behind.class::isInstance)
        .findFirst()
        .map(Finding::message)
        .orElse("");
  }

  boolean behind() {
    return findings.stream().anyMatch(Finding.Behind.class::isInstance);
  }
}
