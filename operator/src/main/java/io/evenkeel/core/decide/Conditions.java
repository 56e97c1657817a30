package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Condition.Status;
import io.evenkeel.core.decide.Decision.ReplicaVerdict;
import io.evenkeel.core.plan.Plan;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaReading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the pool's status says. A transition time stays while the status stays. */
final class Conditions {
  static final String ACCEPTED = "Accepted";
  static final String RESOLVED_REFS = "ResolvedRefs";
  static final String PROGRAMMED = "Programmed";
  static final String LIVE_VERIFIED = "LiveVerified";
  static final String BALANCED = "Balanced";
  static final String READY = "Ready";
  static final String DRIFTED = "Drifted";
  static final String PAUSED = "Paused";
  static final String NOT_ENFORCEABLE = "EvennessNotEnforceable";
  static final String RECONCILING = "Reconciling";
  static final String STALLED = "Stalled";

  private final Snapshot snapshot;
  private final Aim aim;
  private final Judged judged;
  private final Optional<Guards.Hold> hold;

  private Conditions(Snapshot snapshot, Aim aim, Judged judged, Optional<Guards.Hold> hold) {
    this.snapshot = snapshot;
    this.aim = aim;
    this.judged = judged;
    this.hold = hold;
  }

  static List<Condition> of(
      Snapshot snapshot,
      Aim aim,
      Judged judged,
      Optional<Guards.Hold> hold,
      Optional<Guards.Pausing> pause) {
    Conditions conditions = new Conditions(snapshot, aim, judged, hold);
    List<Condition> all = new ArrayList<>();
    Condition accepted = conditions.accepted();
    Condition resolved = conditions.resolvedRefs();
    Condition programmed = conditions.programmed();
    Condition live = conditions.liveVerified();
    all.add(accepted);
    all.add(resolved);
    all.add(programmed);
    all.add(live);
    all.add(conditions.balanced());
    all.add(conditions.ready(accepted, resolved, programmed, live));
    conditions.drifted().ifPresent(all::add);
    conditions.paused(pause).ifPresent(all::add);
    conditions.notEnforceable().ifPresent(all::add);
    if (judged.behind() && hold.isEmpty()) { // while held back nothing is under way
      all.add(conditions.is(RECONCILING, "Behind", conditions.firstBehind()));
    }
    if (accepted.status() == Status.FALSE) {
      all.add(conditions.is(STALLED, accepted.reason(), accepted.message()));
    }
    return List.copyOf(all);
  }

  static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> condition.type().equals(type)).findFirst();
  }

  private Condition is(String type, String reason, String message) {
    return condition(type, Status.TRUE, reason, message);
  }

  private Condition condition(String type, Status status, String reason, String message) {
    Instant since =
        before(type)
            .filter(before -> before.status() == status)
            .map(Condition::since)
            .orElse(snapshot.now());
    return new Condition(type, status, reason, message, since, snapshot.intent().generation());
  }

  private Optional<Condition> before(String type) {
    return find(snapshot.memory().conditions(), type);
  }

  private Condition accepted() {
    Optional<Snapshot.Refusal> refusal = snapshot.refusal().filter(refused -> !refused.accepted());
    if (refusal.isPresent()) {
      return condition(ACCEPTED, Status.FALSE, refusal.get().reason(), refusal.get().message());
    }
    if (aim.refused().isPresent()) {
      Plan.Problem problem = aim.refused().get();
      return condition(ACCEPTED, Status.FALSE, problem.reason(), problem.message());
    }
    if (hold.isPresent() && hold.get().reason().equals("RouteOwnedByOther")) {
      return condition(ACCEPTED, Status.FALSE, "RouteOwnedByOther", hold.get().message());
    }
    return is(ACCEPTED, "Accepted", "the spec is valid and can be served");
  }

  private Condition resolvedRefs() {
    Optional<Snapshot.Refusal> refusal = snapshot.refusal().filter(Snapshot.Refusal::accepted);
    if (refusal.isPresent()) {
      return condition(
          RESOLVED_REFS, Status.FALSE, refusal.get().reason(), refusal.get().message());
    }
    List<Backend.Unresolved> unresolved =
        snapshot.backends().stream()
            .filter(Backend.Unresolved.class::isInstance)
            .map(Backend.Unresolved.class::cast)
            .toList();
    List<String> refused = refused(snapshot).map(Finding.Lint::message).toList();
    if (unresolved.isEmpty() && !refused.isEmpty()) {
      return condition(RESOLVED_REFS, Status.FALSE, "EndpointRefused", String.join("; ", refused));
    }
    if (unresolved.isEmpty() && nobodyServes()) {
      return condition(
          RESOLVED_REFS,
          Status.FALSE,
          "NoReadyEndpoints",
          "none of the "
              + snapshot.backends().size()
              + " backends has a ready endpoint, so requests fail; the last weights stay in place"
              + " until one is ready: look at the pods behind the Services");
    }
    if (unresolved.isEmpty()) {
      return is(
          RESOLVED_REFS,
          "ResolvedRefs",
          snapshot.backends().size() + " backends are resolved" + withoutEndpoints());
    }
    return condition(
        RESOLVED_REFS,
        Status.FALSE,
        unresolved.getFirst().reason(),
        Stream.concat(
                unresolved.stream().map(backend -> backend.name() + ": " + backend.message()),
                refused.stream())
            .collect(Collectors.joining("; ")));
  }

  /** Endpoints that exist and are not used, backend by backend. */
  static Stream<Finding.Lint> refused(Snapshot snapshot) {
    return snapshot.backends().stream()
        .filter(Backend.Resolved.class::isInstance)
        .map(Backend.Resolved.class::cast)
        .flatMap(backend ->
            backend.refused().stream()
                .map(why -> new Finding.Lint("EndpointRefused", backend.name() + ": " + why)));
  }

  private boolean nobodyServes() {
    return snapshot.backends().stream().allMatch(backend -> backend.readyEndpoints().isEmpty());
  }

  private String withoutEndpoints() {
    String empty =
        snapshot.backends().stream()
            .filter(backend -> backend.readyEndpoints().isEmpty())
            .map(Backend::name)
            .collect(Collectors.joining(", "));
    return empty.isEmpty() ? "" : ", without a ready endpoint: " + empty;
  }

  /** A pause that somebody asked for in vain is told too: silence would be taken for a pause. */
  private Optional<Condition> paused(Optional<Guards.Pausing> pause) {
    return pause
        .filter(Guards.Pausing::active)
        .map(active -> is(PAUSED, "Paused", active.message()))
        .or(() ->
            snapshot
                .intent()
                .pauseProblem()
                .map(problem -> condition(PAUSED, Status.FALSE, "PauseInvalid", problem)));
  }

  private Condition programmed() {
    if (snapshot.declared() instanceof Reading.Unknown<Declared>(String reason, String message)) {
      return condition(PROGRAMMED, Status.UNKNOWN, reason, message);
    }
    if (snapshot.scale().isEmpty()) {
      return condition(PROGRAMMED, Status.UNKNOWN, "NoProvider", "no provider serves this pool");
    }
    if (aim.frozen().isPresent() && aim.weights().isEmpty()) {
      return condition(
          PROGRAMMED, Status.FALSE, aim.frozen().get().reason(), aim.frozen().get().message());
    }
    Optional<Condition> notYet = snapshot.declared().known().flatMap(this::notAccepted);
    if (notYet.isPresent()) {
      return notYet.get();
    }
    if (snapshot.declared() instanceof Reading.NotSupported) {
      return programmedAtRunTime();
    }
    Optional<Finding> standing = judged.findings.stream().filter(this::uncorrected).findFirst();
    return standing
        .map(finding ->
            condition(
                PROGRAMMED,
                Status.FALSE,
                hold.map(Guards.Hold::reason)
                    .orElse(finding instanceof Finding.Drift ? "Drifted" : "Behind"),
                finding.message()))
        .orElseGet(() -> is(PROGRAMMED, "Programmed", "the configuration is accepted"));
  }

  /**
   * A difference of the declared rung that has lasted longer than the settling time, or that
   * nothing will be done about; pauses aside.
   */
  private boolean uncorrected(Finding finding) {
    if (hold.isPresent() && hold.get().reason().equals("Paused")) {
      return false;
    }
    return switch (finding) {
      case Finding.Drift drift -> drift.rung() == Finding.Rung.DECLARED && !young(drift.since());
      case Finding.Behind behind ->
          behind.rung() == Finding.Rung.DECLARED && (hold.isPresent() || !young(behind.since()));
      default -> false;
    };
  }

  private Optional<Condition> notAccepted(Declared declared) {
    if (!declared.present()) {
      return Optional.of(
          condition(PROGRAMMED, Status.FALSE, "NotCreated", "the route does not exist"));
    }
    if (declared.shadowedBy().isPresent() && declared.shadowedBy().get().wins()) {
      return Optional.of(
          condition(
              PROGRAMMED, Status.FALSE, "ShadowedRoute", declared.shadowedBy().get().message()));
    }
    return switch (declared.acceptance()) {
      case Declared.Acceptance.Accepted ignored -> Optional.empty();
      case Declared.Acceptance.Pending(String reason, String message) ->
          Optional.of(condition(PROGRAMMED, Status.UNKNOWN, reason, message));
      case Declared.Acceptance.Refused(String reason, String message) ->
          Optional.of(condition(PROGRAMMED, Status.FALSE, reason, message));
    };
  }

  private Condition programmedAtRunTime() {
    List<String> missing =
        snapshot.live().stream()
            .filter(ReplicaReading::counted)
            .flatMap(replica -> LiveRung.missing(replica).stream())
            .toList();
    if (!missing.isEmpty()) {
      return condition(
          PROGRAMMED,
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
      return condition(PROGRAMMED, Status.UNKNOWN, "Programming", firstBehind());
    }
    return known == 0
        ? condition(PROGRAMMED, Status.UNKNOWN, "NoReplicas", "no proxy replica could be read")
        : is(PROGRAMMED, "Programmed", "weights are set in the proxies at run time");
  }

  private String firstBehind() {
    return judged.findings.stream()
        .filter(Finding.Behind.class::isInstance)
        .findFirst()
        .map(Finding::message)
        .orElse("");
  }

  private long count(ReplicaVerdict.State state) {
    return judged.replicas.stream().filter(replica -> replica.state() == state).count();
  }

  private Condition liveVerified() {
    if (!snapshot.liveConfigured()) {
      return condition(
          LIVE_VERIFIED,
          Status.UNKNOWN,
          "NotConfigured",
          "the class names no proxies to read, so nobody knows what they do");
    }
    long counted = snapshot.live().stream().filter(ReplicaReading::counted).count();
    long verified = count(ReplicaVerdict.State.VERIFIED);
    long wrong = count(ReplicaVerdict.State.MISMATCH);
    if (counted == 0) {
      return condition(
          LIVE_VERIFIED, Status.UNKNOWN, "NoReplicas", "no proxy replica is ready to be read");
    }
    if (wrong > 0) {
      return condition(
          LIVE_VERIFIED,
          Status.FALSE,
          "Mismatch",
          "on " + wrong + " of " + counted + " replicas: " + firstMismatch());
    }
    String tally = verified + " of " + counted + " replicas are as configured";
    if (verified == counted) {
      return is(LIVE_VERIFIED, "Verified", tally);
    }
    if (LiveRung.mostlyUnknown(snapshot)) {
      return condition(
          LIVE_VERIFIED,
          Status.UNKNOWN,
          "TooFewReadings",
          tally + "; most cannot be read, so nothing is written to any; " + firstUnknown());
    }
    if (settling()) {
      return behind(tally + "; " + firstBehind());
    }
    return condition(LIVE_VERIFIED, Status.UNKNOWN, "NotAllRead", tally + "; " + firstUnknown());
  }

  /**
   * What was verified stays so while a change is under way, and no longer: nobody may be told for
   * ever that the proxies do what is asked for while it cannot be written.
   */
  private Condition behind(String message) {
    if (hold.isPresent()) {
      return condition(LIVE_VERIFIED, Status.UNKNOWN, hold.get().reason(), message);
    }
    boolean fresh =
        judged.findings.stream()
            .filter(Finding.Behind.class::isInstance)
            .map(Finding.Behind.class::cast)
            .allMatch(behind -> young(behind.since()));
    return fresh
        ? condition(
            LIVE_VERIFIED,
            before(LIVE_VERIFIED).map(Condition::status).orElse(Status.UNKNOWN),
            "Settling",
            message)
        : condition(LIVE_VERIFIED, Status.FALSE, "Behind", message);
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

  private Condition balanced() {
    long requests = LadderRows.requests(snapshot);
    return requests == 0
        ? condition(BALANCED, Status.UNKNOWN, "TooFewRequests", "no requests have been counted yet")
        : condition(
            BALANCED,
            Status.UNKNOWN,
            "NotJudged",
            // Without their number: a status that changes with every request is never at rest.
            "requests are counted; their distribution is shown, not judged");
  }

  private Condition ready(
      Condition accepted, Condition resolved, Condition programmed, Condition live) {
    for (Condition needed : List.of(accepted, resolved)) {
      if (needed.status() != Status.TRUE) {
        return condition(READY, needed.status(), needed.reason(), needed.message());
      }
    }
    boolean wasReady = before(READY).filter(ready -> ready.status() == Status.TRUE).isPresent();
    if (programmed.status() != Status.TRUE && !(wasReady && young(programmed))) {
      return condition(READY, programmed.status(), programmed.reason(), programmed.message());
    }
    if (live.status() == Status.FALSE && !young(live)) {
      return condition(READY, Status.FALSE, live.reason(), live.message());
    }
    return is(READY, "Ready", "traffic is configured as the pool asks for");
  }

  private boolean young(Condition condition) {
    return young(condition.since());
  }

  /** Not yet as old as the settling time; then it is looked at again when it will be. */
  private boolean young(Instant since) {
    Duration left = snapshot.bounds().settle().minus(Duration.between(since, snapshot.now()));
    if (left.isPositive()) {
      judged.looks.add(left);
    }
    return left.isPositive();
  }

  private Optional<Condition> drifted() {
    List<Finding.Drift> drifts = judged.drifts();
    if (drifts.isEmpty()) {
      return Optional.empty();
    }
    String more = drifts.size() > 1 ? " (and " + (drifts.size() - 1) + " more)" : "";
    return Optional.of(
        is(
            DRIFTED,
            drifts.getFirst().rung() == Finding.Rung.DECLARED ? "DeclaredDrift" : "LiveDrift",
            drifts.getFirst().message() + more));
  }

  private Optional<Condition> notEnforceable() {
    return aim.plan()
        .filter(plan -> plan.weights().isPresent() && !plan.withinTolerance())
        .filter(plan -> aim.refused().isEmpty())
        .flatMap(Plan::problem)
        .map(problem -> is(NOT_ENFORCEABLE, problem.reason(), problem.message()));
  }
}
