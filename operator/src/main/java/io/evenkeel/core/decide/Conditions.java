package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Condition.Status;
import io.evenkeel.core.plan.Plan;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Reading;
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
  private final Told told;
  private final LiveConditions live;

  private Conditions(Snapshot snapshot, Aim aim, Judged judged, Optional<Guards.Hold> hold) {
    this.snapshot = snapshot;
    this.aim = aim;
    this.judged = judged;
    this.hold = hold;
    this.told = new Told(snapshot, judged);
    this.live = new LiveConditions(snapshot, judged, hold, told);
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
    Condition live = conditions.live.verified();
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
      all.add(conditions.told.is(RECONCILING, "Behind", judged.firstBehind()));
    }
    if (accepted.status() == Status.FALSE) {
      all.add(conditions.told.is(STALLED, accepted.reason(), accepted.message()));
    }
    return List.copyOf(all);
  }

  static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> condition.type().equals(type)).findFirst();
  }

  private Condition accepted() {
    Optional<Snapshot.Refusal> refusal = snapshot.refusal().filter(refused -> !refused.accepted());
    if (refusal.isPresent()) {
      return told.condition(
          ACCEPTED, Status.FALSE, refusal.get().reason(), refusal.get().message());
    }
    if (aim.refused().isPresent()) {
      Plan.Problem problem = aim.refused().get();
      return told.condition(ACCEPTED, Status.FALSE, problem.reason(), problem.message());
    }
    if (hold.isPresent() && hold.get().reason().equals("RouteOwnedByOther")) {
      return told.condition(ACCEPTED, Status.FALSE, "RouteOwnedByOther", hold.get().message());
    }
    return told.is(ACCEPTED, "Accepted", "the spec is valid and can be served");
  }

  private Condition resolvedRefs() {
    Optional<Snapshot.Refusal> refusal = snapshot.refusal().filter(Snapshot.Refusal::accepted);
    if (refusal.isPresent()) {
      return told.condition(
          RESOLVED_REFS, Status.FALSE, refusal.get().reason(), refusal.get().message());
    }
    List<Backend.Unresolved> unresolved =
        snapshot.backends().stream()
            .filter(Backend.Unresolved.class::isInstance)
            .map(Backend.Unresolved.class::cast)
            .toList();
    List<String> refused = refused(snapshot).map(Finding.Lint::message).toList();
    if (unresolved.isEmpty() && !refused.isEmpty()) {
      return told.condition(
          RESOLVED_REFS, Status.FALSE, "EndpointRefused", String.join("; ", refused));
    }
    if (unresolved.isEmpty() && nobodyServes()) {
      return told.condition(
          RESOLVED_REFS,
          Status.FALSE,
          "NoReadyEndpoints",
          "none of the "
              + snapshot.backends().size()
              + " backends has a ready endpoint, so requests fail; the last weights stay in place"
              + " until one is ready: look at the pods behind the Services");
    }
    if (unresolved.isEmpty()) {
      return told.is(
          RESOLVED_REFS,
          "ResolvedRefs",
          snapshot.backends().size() + " backends are resolved" + withoutEndpoints());
    }
    return told.condition(
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
        .map(active -> told.is(PAUSED, "Paused", active.message()))
        .or(() ->
            snapshot
                .intent()
                .pauseProblem()
                .map(problem -> told.condition(PAUSED, Status.FALSE, "PauseInvalid", problem)));
  }

  private Condition programmed() {
    if (snapshot.declared() instanceof Reading.Unknown<Declared>(String reason, String message)) {
      return told.condition(PROGRAMMED, Status.UNKNOWN, reason, message);
    }
    if (snapshot.scale().isEmpty()) {
      return told.condition(
          PROGRAMMED, Status.UNKNOWN, "NoProvider", "no provider serves this pool");
    }
    if (aim.frozen().isPresent() && aim.weights().isEmpty()) {
      return told.condition(
          PROGRAMMED, Status.FALSE, aim.frozen().get().reason(), aim.frozen().get().message());
    }
    Optional<Condition> notYet = snapshot.declared().known().flatMap(this::notAccepted);
    if (notYet.isPresent()) {
      return notYet.get();
    }
    if (snapshot.declared() instanceof Reading.NotSupported) {
      return live.programmed();
    }
    Optional<Finding> standing = judged.findings.stream().filter(this::uncorrected).findFirst();
    return standing
        .map(finding ->
            told.condition(
                PROGRAMMED,
                Status.FALSE,
                hold.map(Guards.Hold::reason)
                    .orElse(finding instanceof Finding.Drift ? "Drifted" : "Behind"),
                finding.message()))
        .orElseGet(() -> told.is(PROGRAMMED, "Programmed", "the configuration is accepted"));
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
      case Finding.Drift drift ->
          drift.rung() == Finding.Rung.DECLARED && !told.young(drift.since());
      case Finding.Behind behind ->
          behind.rung() == Finding.Rung.DECLARED
              && (hold.isPresent() || !told.young(behind.since()));
      default -> false;
    };
  }

  private Optional<Condition> notAccepted(Declared declared) {
    if (!declared.present()) {
      return Optional.of(
          told.condition(PROGRAMMED, Status.FALSE, "NotCreated", "the route does not exist"));
    }
    if (declared.shadowedBy().isPresent() && declared.shadowedBy().get().wins()) {
      return Optional.of(
          told.condition(
              PROGRAMMED, Status.FALSE, "ShadowedRoute", declared.shadowedBy().get().message()));
    }
    return switch (declared.acceptance()) {
      case Declared.Acceptance.Accepted ignored -> Optional.empty();
      case Declared.Acceptance.Pending(String reason, String message) ->
          Optional.of(told.condition(PROGRAMMED, Status.UNKNOWN, reason, message));
      case Declared.Acceptance.Refused(String reason, String message) ->
          Optional.of(told.condition(PROGRAMMED, Status.FALSE, reason, message));
    };
  }

  private Condition balanced() {
    long requests = LadderRows.requests(snapshot);
    return requests == 0
        ? told.condition(
            BALANCED, Status.UNKNOWN, "TooFewRequests", "no requests have been counted yet")
        : told.condition(
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
        return told.condition(READY, needed.status(), needed.reason(), needed.message());
      }
    }
    boolean wasReady =
        told.before(READY).filter(ready -> ready.status() == Status.TRUE).isPresent();
    if (programmed.status() != Status.TRUE && !(wasReady && told.young(programmed.since()))) {
      return told.condition(READY, programmed.status(), programmed.reason(), programmed.message());
    }
    if (live.status() == Status.FALSE && !told.young(live.since())) {
      return told.condition(READY, Status.FALSE, live.reason(), live.message());
    }
    return told.is(READY, "Ready", "traffic is configured as the pool asks for");
  }

  private Optional<Condition> drifted() {
    List<Finding.Drift> drifts = judged.drifts();
    if (drifts.isEmpty()) {
      return Optional.empty();
    }
    String more = drifts.size() > 1 ? " (and " + (drifts.size() - 1) + " more)" : "";
    return Optional.of(
        told.is(
            DRIFTED,
            drifts.getFirst().rung() == Finding.Rung.DECLARED ? "DeclaredDrift" : "LiveDrift",
            drifts.getFirst().message() + more));
  }

  private Optional<Condition> notEnforceable() {
    return aim.plan()
        .filter(plan -> plan.weights().isPresent() && !plan.withinTolerance())
        .filter(plan -> aim.refused().isEmpty())
        .flatMap(Plan::problem)
        .map(problem -> told.is(NOT_ENFORCEABLE, problem.reason(), problem.message()));
  }
}
