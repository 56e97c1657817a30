package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Condition.Status;
import io.evenkeel.core.decide.Decision.ReplicaVerdict;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaReading;
import java.util.List;
import java.util.Optional;

/** What the status says of the proxies. */
record LiveConditions(Snapshot snapshot, Judged judged, Optional<Guards.Hold> hold, Told told) {
  Condition programmed() {
    List<String> missing =
        snapshot.live().stream()
            .filter(ReplicaReading::counted)
            .flatMap(replica -> LiveRung.missing(replica).stream())
            .toList();
    if (!missing.isEmpty()) {
      return told.condition(
          Conditions.PROGRAMMED,
          Status.FALSE,
          "BackendNotFound",
          "on "
              + missing.size()
              + " of "
              + snapshot.live().stream().filter(ReplicaReading::counted).count()
              + " replicas: "
              + missing.getFirst());
    }
    long known = count(ReplicaVerdict.State.VERIFIED) + count(ReplicaVerdict.State.MISMATCH);
    if (judged.behind()) {
      return told.condition(
          Conditions.PROGRAMMED, Status.UNKNOWN, "Programming", judged.firstBehind());
    }
    return known == 0
        ? told.condition(
            Conditions.PROGRAMMED, Status.UNKNOWN, "NoReplicas", "no proxy replica could be read")
        : told.is(
            Conditions.PROGRAMMED, "Programmed", "weights are set in the proxies at run time");
  }

  Condition verified() {
    if (!snapshot.liveConfigured()) {
      return told.condition(
          Conditions.LIVE_VERIFIED,
          Status.UNKNOWN,
          "NotConfigured",
          "the class names no proxies to read, so nobody knows what they do");
    }
    long counted = snapshot.live().stream().filter(ReplicaReading::counted).count();
    long verified = count(ReplicaVerdict.State.VERIFIED);
    long wrong = count(ReplicaVerdict.State.MISMATCH);
    if (counted == 0) {
      return told.condition(
          Conditions.LIVE_VERIFIED,
          Status.UNKNOWN,
          "NoReplicas",
          "no proxy replica is ready to be read");
    }
    if (wrong > 0) {
      return told.condition(
          Conditions.LIVE_VERIFIED,
          Status.FALSE,
          "Mismatch",
          "on " + wrong + " of " + counted + " replicas: " + firstMismatch());
    }
    String tally = verified + " of " + counted + " replicas are as configured";
    if (verified == counted) {
      return told.is(Conditions.LIVE_VERIFIED, "Verified", tally);
    }
    if (LiveRung.mostlyUnknown(snapshot)) {
      return told.condition(
          Conditions.LIVE_VERIFIED,
          Status.UNKNOWN,
          "TooFewReadings",
          tally + "; most cannot be read, so nothing is written to any; " + firstUnknown());
    }
    if (settling()) {
      return behind(tally + "; " + judged.firstBehind());
    }
    return told.condition(
        Conditions.LIVE_VERIFIED, Status.UNKNOWN, "NotAllRead", tally + "; " + firstUnknown());
  }

  /**
   * What was verified stays so while a change is under way, and no longer: nobody may be told for
   * ever that the proxies do what is asked for while it cannot be written.
   */
  private Condition behind(String message) {
    if (hold.isPresent()) {
      return told.condition(Conditions.LIVE_VERIFIED, Status.UNKNOWN, hold.get().reason(), message);
    }
    boolean fresh =
        judged.findings.stream()
            .filter(Finding.Behind.class::isInstance)
            .map(Finding.Behind.class::cast)
            .allMatch(behind -> told.young(behind.since()));
    return fresh
        ? told.condition(
            Conditions.LIVE_VERIFIED,
            told.before(Conditions.LIVE_VERIFIED).map(Condition::status).orElse(Status.UNKNOWN),
            "Settling",
            message)
        : told.condition(Conditions.LIVE_VERIFIED, Status.FALSE, "Behind", message);
  }

  /** Every counted replica was read, and those that differ are to follow. */
  private boolean settling() {
    boolean allRead =
        snapshot.live().stream()
            .filter(ReplicaReading::counted)
            .allMatch(replica -> replica.view() instanceof Reading.Known);
    return allRead && judged.behind();
  }

  private String firstMismatch() {
    return first(ReplicaVerdict.State.MISMATCH);
  }

  private String firstUnknown() {
    return first(ReplicaVerdict.State.UNKNOWN);
  }

  private String first(ReplicaVerdict.State state) {
    return judged.replicas.stream()
        .filter(replica -> replica.state() == state)
        .findFirst()
        .map(ReplicaVerdict::message)
        .orElse("");
  }

  private long count(ReplicaVerdict.State state) {
    return judged.replicas.stream().filter(replica -> replica.state() == state).count();
  }
}
