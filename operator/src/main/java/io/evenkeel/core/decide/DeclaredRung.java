package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Finding.Rung;
import io.evenkeel.core.plan.Effect;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Distribution;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** desired → declared: is the configuration what it should be, and if not, who made it so? */
final class DeclaredRung {
  private DeclaredRung() {}

  static void judge(Snapshot snapshot, Aim aim, Judged out) {
    switch (snapshot.declared()) {
      case Reading.Known<Declared>(Declared declared, Instant ignored) ->
          compare(snapshot, aim, declared, out);
      case Reading.Unknown<Declared>(String reason, String message) -> {
        out.unfinished = true;
        out.findings.add(new Finding.Unjudged(Rung.DECLARED, reason, Optional.empty(), message));
      }
      case Reading.NotSupported<Declared> ignored -> {
        // the proxies are the only place that holds weights: the live rung is the first one
      }
    }
  }

  private static void compare(Snapshot snapshot, Aim aim, Declared declared, Judged out) {
    if (!(aim.weights().orElse(null) instanceof Weights.PerBackend wanted)) {
      return;
    }
    lints(snapshot, declared, out);
    if (!declared.present()) {
      absent(snapshot, aim, wanted, out);
      return;
    }
    List<Finding.Drift> differences = differences(snapshot, aim, wanted, declared);
    if (differences.isEmpty()) {
      return;
    }
    if (aim.move() == Aim.Move.FOLLOW) {
      String what = differences.getFirst().message();
      Instant since =
          differences.stream()
              .map(behind -> out.firstSeen(behind.key()))
              .min(Instant::compareTo)
              .orElse(snapshot.now());
      out.findings.add(new Finding.Behind(Rung.DECLARED, what, since));
      out.wishes.add(
          new Judged.Wish(Correction.Kind.FOLLOW, new Write.Declare(wanted), snapshot.now(), what));
      return;
    }
    differences.forEach(drift -> {
      out.firstSeen(drift.key());
      out.findings.add(drift);
    });
    Instant first =
        differences.stream()
            .map(Finding.Drift::since)
            .min(Instant::compareTo)
            .orElse(snapshot.now());
    out.wishes.add(
        new Judged.Wish(
            Correction.Kind.CORRECT,
            new Write.Declare(wanted),
            first,
            differences.getFirst().message()));
  }

  private static void lints(Snapshot snapshot, Declared declared, Judged out) {
    Guards.foreignOwner(snapshot, declared)
        .ifPresent(owner ->
            out.findings.add(
                owner.yielding()
                    ? new Finding.Explained(
                        Rung.DECLARED,
                        "Yielding",
                        Optional.empty(),
                        "yielding to " + owner.name() + ": " + owner.remedy())
                    : new Finding.Lint(
                        "ManagedElsewhere",
                        owner.name() + " keeps these weights too: " + owner.remedy())));
    declared
        .shadowedBy()
        .ifPresent(shadow -> out.findings.add(new Finding.Lint("ShadowedRoute", shadow.message())));
  }

  private static void absent(Snapshot snapshot, Aim aim, Weights.PerBackend wanted, Judged out) {
    if (snapshot.memory().settled().lastGood().isEmpty()) {
      String what = "the route does not exist yet";
      out.findings.add(
          new Finding.Behind(Rung.DECLARED, what, out.firstSeen("behind/declared/route")));
      out.wishes.add(
          new Judged.Wish(Correction.Kind.FOLLOW, new Write.Declare(wanted), snapshot.now(), what));
      return;
    }
    String key = "drift/declared/route";
    Instant since = out.firstSeen(key);
    String message = "the route was deleted, since " + Wording.time(since);
    out.findings.add(
        new Finding.Drift(
            Rung.DECLARED,
            key,
            "route",
            "present",
            "deleted",
            Optional.empty(),
            Optional.empty(),
            since,
            message));
    out.wishes.add(
        new Judged.Wish(Correction.Kind.CORRECT, new Write.Declare(wanted), since, message));
  }

  /**
   * Every difference worded as a drift; the first-seen times are only looked up, not yet
   * remembered.
   */
  private static List<Finding.Drift> differences(
      Snapshot snapshot, Aim aim, Weights.PerBackend wanted, Declared declared) {
    Scale scale = snapshot.scale().orElse(Scale.GATEWAY_API);
    Distribution<String> right = aim.perBackend(snapshot);
    List<Finding.Drift> differences = new ArrayList<>();
    for (int rule = 0; rule < declared.weights().size(); rule++) {
      SortedMap<String, Integer> present = declared.weights().get(rule);
      Distribution<String> effective =
          Effect.perBackend(scale.quantisation(), snapshot.backends(), present);
      if (!effective.isNone()
          && effective.deviationFrom(right).compareTo(snapshot.intent().driftTolerance()) <= 0) {
        continue;
      }
      String where = declared.weights().size() > 1 ? "rules[" + rule + "]." : "";
      for (String backend : changed(wanted.weights(), present)) {
        differences.add(
            weightDrift(
                snapshot,
                aim,
                declared,
                where + "backendRefs[" + backend + "].weight",
                String.valueOf(wanted.weights().getOrDefault(backend, 0)),
                present.containsKey(backend) ? present.get(backend).toString() : "missing",
                Wording.gets(backend, effective.share(backend), right.share(backend), snapshot)));
      }
    }
    if (declared.weights().isEmpty()) {
      differences.add(
          weightDrift(
              snapshot,
              aim,
              declared,
              "rules",
              "1 or more",
              "0",
              "the route has no rule of the pool"));
    }
    // Of a refused spec nothing is declared, so what is there differs from it rightly.
    List<String> others = aim.refused().isEmpty() ? declared.otherDifferences() : List.of();
    for (String other : others) {
      differences.add(weightDrift(snapshot, aim, declared, "route", "as generated", other, other));
    }
    return differences;
  }

  /**
   * The backends whose weight is not the wanted one in proportion; all that differ as numbers when
   * none stands out.
   */
  private static List<String> changed(
      SortedMap<String, Integer> wanted, SortedMap<String, Integer> present) {
    return wanted.keySet().stream()
        .filter(
            backend -> !wanted.getOrDefault(backend, 0).equals(present.getOrDefault(backend, 0)))
        .toList();
  }

  private static Finding.Drift weightDrift(
      Snapshot snapshot,
      Aim aim,
      Declared declared,
      String field,
      String from,
      String to,
      String what) {
    String kind = aim.move() == Aim.Move.FOLLOW ? "behind" : "drift";
    String key = kind + "/declared/" + field + "/" + to;
    Instant since = snapshot.memory().openDrifts().getOrDefault(key, snapshot.now());
    String who =
        declared.lastWriter().map(writer -> ", last written by " + writer.manager()).orElse("");
    return new Finding.Drift(
        Rung.DECLARED,
        key,
        field,
        from,
        to,
        Optional.empty(),
        declared.lastWriter(),
        since,
        what + who + ", since " + Wording.time(since));
  }

  /** The shares of the first rule for the ladder. */
  static Optional<Distribution<String>> shares(Snapshot snapshot) {
    return snapshot
        .declared()
        .known()
        .filter(declared -> declared.present() && !declared.weights().isEmpty())
        .flatMap(declared ->
            snapshot
                .scale()
                .map(scale ->
                    Effect.perBackend(
                        scale.quantisation(), snapshot.backends(), declared.weights().getFirst())))
        .filter(shares -> !shares.isNone());
  }
}
