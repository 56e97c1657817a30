package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Plan;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.read.ReplicaReading;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

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
    Guards.Passed passed = Guards.pass(snapshot, aim, hold, judged);
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
    boolean done =
        aim.plan().isPresent()
            && aim.refused().isEmpty()
            && aim.frozen().isEmpty()
            && !judged.unfinished
            && !passed.withheld();
    return new Memory(
        done
            ? new Memory.Settled(
                snapshot.intent().generation(), aim.plan().map(Plan::desired), aim.weights())
            : passed.follows() ? before.settled().underWay() : before.settled(),
        conditions,
        new Memory.Budget(passed.tokens(), snapshot.now()),
        judged.open,
        judged.drifts().stream().findFirst().or(before::lastDrift),
        writes(snapshot, passed));
  }

  /** Of replicas that are gone nothing is remembered. */
  private static Memory.Writes writes(Snapshot snapshot, Guards.Passed passed) {
    Memory.Writes before = snapshot.memory().writes();
    Set<ReplicaId> present =
        snapshot.live().stream().map(ReplicaReading::replica).collect(Collectors.toSet());
    return new Memory.Writes(
        before.lastCorrection(),
        passed.declares() ? Optional.of(snapshot.now()) : before.lastFollow(),
        before.programmed().entrySet().stream()
            .filter(written -> present.contains(written.getKey()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }
}
