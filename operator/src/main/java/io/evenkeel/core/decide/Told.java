package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Condition.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How conditions are told: beside what was told before, and as of the snapshot's moment. */
record Told(Snapshot snapshot, Judged judged) {
  Condition is(String type, String reason, String message) {
    return condition(type, Status.TRUE, reason, message);
  }

  Condition condition(String type, Status status, String reason, String message) {
    Instant since =
        before(type)
            .filter(before -> before.status() == status)
            .map(Condition::since)
            .orElse(snapshot.now());
    return new Condition(type, status, reason, message, since, snapshot.intent().generation());
  }

  Optional<Condition> before(String type) {
    return Conditions.find(snapshot.memory().conditions(), type);
  }

  /** Not yet as old as the settling time; then it is looked at again when it will be. */
  boolean young(Instant since) {
    Duration left = snapshot.bounds().settle().minus(Duration.between(since, snapshot.now()));
    if (left.isPositive()) {
      judged.looks.add(left);
    }
    return left.isPositive();
  }
}
