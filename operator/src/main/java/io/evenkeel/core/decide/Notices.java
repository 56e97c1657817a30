package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Condition.Status;
import io.evenkeel.core.decide.Decision.Notice;
import io.evenkeel.core.decide.Decision.Notice.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is told as an event: changes only, never a state that lasts. */
public final class Notices {
  private Notices() {}

  static List<Notice> of(Memory before, List<Finding.Drift> drifts, List<Condition> after) {
    List<Notice> notices = new ArrayList<>();
    for (Finding.Drift drift : drifts) {
      if (!before.openDrifts().containsKey(drift.key())) {
        String what = drift.field() + " is " + drift.to() + " instead of " + drift.from();
        notices.add(
            new Notice(Severity.WARNING, "DriftDetected", drift.message() + " (" + what + ")"));
      }
    }
    for (Condition now : after) {
      Optional<Condition> then = Conditions.find(before.conditions(), now.type());
      if (then.isEmpty()
          || then.get().status() != now.status()
          || (now.status() == Status.FALSE && !then.get().reason().equals(now.reason()))) {
        turned(now, then).ifPresent(notices::add);
      }
    }
    if (paused(before.conditions()) && !paused(after)) {
      notices.add(new Notice(Severity.NORMAL, "Resumed", "the pause has ended"));
    }
    return List.copyOf(notices);
  }

  private static boolean paused(List<Condition> conditions) {
    return Conditions.find(conditions, Conditions.PAUSED)
        .filter(condition -> condition.status() == Status.TRUE)
        .isPresent();
  }

  private static Optional<Notice> turned(Condition now, Optional<Condition> then) {
    return switch (now.type()) {
      case Conditions.ACCEPTED, Conditions.RESOLVED_REFS -> {
        if (now.status() == Status.FALSE) {
          yield Optional.of(new Notice(Severity.WARNING, now.reason(), now.message()));
        }
        yield then.map(ignored -> new Notice(Severity.NORMAL, now.reason(), now.message()));
      }
      case Conditions.PROGRAMMED ->
          now.status() == Status.FALSE && !now.reason().equals("NotCreated")
              ? Optional.of(new Notice(Severity.WARNING, now.reason(), now.message()))
              : Optional.empty();
      case Conditions.PAUSED ->
          Optional.of(
              new Notice(
                  now.status() == Status.TRUE ? Severity.NORMAL : Severity.WARNING,
                  now.reason(),
                  now.message()));
      case Conditions.NOT_ENFORCEABLE ->
          Optional.of(new Notice(Severity.WARNING, "EvennessNotEnforceable", now.message()));
      default -> Optional.empty();
    };
  }
}
