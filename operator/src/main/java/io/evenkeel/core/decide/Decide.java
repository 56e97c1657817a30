package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The one decision. Pure: the same snapshot always gives the same decision, and nothing but the
 * snapshot is looked at. Findings, corrections, conditions and notices come out of one value, so
 * they cannot disagree.
 */
public final class Decide {
  private Decide() {}

  public static Decision decide(Snapshot snapshot) {
    Aim aim = Aim.of(snapshot);
    Judged judged = new Judged(snapshot);
    limits(aim, judged);
    Conditions.refused(snapshot).forEach(judged.findings::add);
    snapshot
        .intent()
        .pauseProblem()
        .ifPresent(problem -> judged.findings.add(new Finding.Lint("PauseInvalid", problem)));
    if (snapshot.refusal().isEmpty() || snapshot.scale().isPresent()) {
      DeclaredRung.judge(snapshot, aim, judged);
      LiveRung.judge(snapshot, aim, judged);
    }
    Optional<Guards.Pausing> pause = Guards.Pausing.of(snapshot, judged);
    Optional<Guards.Hold> hold = Guards.hold(snapshot, aim, pause);
    Guards.Passed passed = Guards.pass(snapshot, hold, judged);
    List<Condition> conditions = Conditions.of(snapshot, aim, judged, hold, pause);
    return new Decision(
        aim.weights(),
        LadderRows.of(snapshot, aim),
        judged.findings,
        passed.corrections(),
        conditions,
        judged.replicas,
        Notices.of(snapshot.memory(), judged.drifts(), conditions),
        judged.looks.stream().min(Duration::compareTo),
        remember(snapshot, aim, judged, passed, conditions));
  }

  private static void limits(Aim aim, Judged judged) {
    aim.plan()
        .flatMap(Plan::problem)
        .ifPresent(
            problem -> judged.findings.add(new Finding.Lint(problem.reason(), problem.message())));
    aim.plan()
        .filter(plan -> plan.weights().isPresent())
        .ifPresent(plan -> judged.empty().forEach(judged.findings::add));
    aim.frozen()
        .filter(problem -> aim.plan().flatMap(Plan::problem).filter(problem::equals).isEmpty())
        .ifPresent(problem ->
            judged.findings.add(
                new Finding.Explained(
                    Finding.Rung.DESIRED, problem.reason(), Optional.empty(), problem.message())));
  }

  /**
   * What was asked for is only remembered once it is done, or about to be done by this decision.
   */
  private static Memory remember(
      Snapshot snapshot, Aim aim, Judged judged, Guards.Passed passed, List<Condition> conditions) {
    Memory before = snapshot.memory();
    boolean settled =
        aim.plan().isPresent()
            && aim.refused().isEmpty()
            && aim.frozen().isEmpty()
            && !judged.unfinished
            && !passed.withheld();
    return new Memory(
        settled ? snapshot.intent().generation() : before.generation(),
        settled ? aim.plan().map(Plan::desired) : before.desired(),
        settled ? aim.weights() : before.lastGood(),
        conditions,
        passed.tokens(),
        snapshot.now(),
        judged.open,
        judged.drifts().stream().findFirst().or(before::lastDrift),
        before.lastCorrection(),
        passed.followed() ? Optional.of(snapshot.now()) : before.lastFollow());
  }
}
