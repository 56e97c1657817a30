package io.evenkeel.core.decide;

import io.evenkeel.core.decide.Decision.ReplicaVerdict;
import io.evenkeel.core.decide.Finding.Rung;
import io.evenkeel.core.plan.Effect;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.core.share.Distribution;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** declared → live: does each proxy replica do what the configuration says? */
final class LiveRung {
  private final Snapshot snapshot;
  private final Aim aim;
  private final Judged out;
  private final Slots slots;
  private final boolean frozen;

  private LiveRung(Snapshot snapshot, Aim aim, Judged out) {
    this.snapshot = snapshot;
    this.aim = aim;
    this.out = out;
    this.slots = new Slots(snapshot.backends());
    this.frozen = mostlyUnknown(snapshot);
  }

  static void judge(Snapshot snapshot, Aim aim, Judged out) {
    LiveRung rung = new LiveRung(snapshot, aim, out);
    if (!snapshot.liveConfigured()) {
      return;
    }
    if (!rung.slots.shared().isEmpty()) {
      out.findings.add(
          new Finding.Lint(
              "SharedEndpoint",
              "the same addresses are in more than one backend ("
                  + rung.slots.shared().stream().map(Slots::name).collect(Collectors.joining(", "))
                  + "); the split between them cannot be seen, only their total"));
    }
    Optional<Finding.Unjudged> unjudged = rung.unjudged();
    if (unjudged.isPresent()) {
      out.findings.add(unjudged.get());
      out.unfinished = snapshot.declared() instanceof Reading.NotSupported;
    }
    Distribution<EndpointId> reference = rung.reference();
    for (ReplicaReading replica : snapshot.live()) {
      if (!replica.counted()) {
        rung.verdict(replica, ReplicaVerdict.State.NOT_COUNTED, "not counted");
        if (unjudged.isEmpty()) {
          rung.prepare(replica, reference);
        }
      } else if (unjudged.isPresent()) {
        rung.verdict(replica, ReplicaVerdict.State.UNKNOWN, unjudged.get().message());
      } else {
        rung.judge(replica, reference);
      }
    }
  }

  /**
   * More than half of the counted replicas cannot be read: whatever the rest says, nothing is
   * written on it.
   */
  static boolean mostlyUnknown(Snapshot snapshot) {
    List<ReplicaReading> counted =
        snapshot.live().stream().filter(ReplicaReading::counted).toList();
    long unknown =
        counted.stream().filter(replica -> replica.view() instanceof Reading.Unknown).count();
    return unknown * 2 > counted.size();
  }

  private Optional<Finding.Unjudged> unjudged() {
    Optional<Declared> declared = snapshot.declared().known();
    if (declared.isPresent() && !declared.get().present()) {
      return unjudged("NotDeclared", "the route does not exist, so no proxy can have it");
    }
    if (declared.isPresent()
        && !(declared.get().acceptance() instanceof Declared.Acceptance.Accepted)) {
      return unjudged("NotAccepted", "the route is not accepted yet, so no proxy is judged by it");
    }
    if (declared.isPresent() && declared.get().weights().stream().distinct().count() > 1) {
      return unjudged(
          "RulesDiffer", "the rules of the route differ, so no proxy is judged by them");
    }
    return reference().isNone()
        ? unjudged("NoReference", "no endpoint should get anything, so no proxy is judged")
        : Optional.empty();
  }

  private static Optional<Finding.Unjudged> unjudged(String reason, String message) {
    return Optional.of(new Finding.Unjudged(Rung.LIVE, reason, Optional.empty(), message));
  }

  /** The rung above: what is declared now, or where nothing declares, what should be. */
  private Distribution<EndpointId> reference() {
    Optional<Declared> declared = snapshot.declared().known();
    if (declared.isEmpty() || declared.get().weights().isEmpty()) {
      return aim.perEndpoint(snapshot);
    }
    if (snapshot.scale().isEmpty()
        || declared.get().weights().getFirst().values().stream().allMatch(w -> w == 0)) {
      return Distribution.none();
    }
    return Effect.perEndpoint(
        snapshot.scale().get().quantisation(),
        snapshot.backends(),
        new Weights.PerBackend(declared.get().weights().getFirst()));
  }

  private void judge(ReplicaReading replica, Distribution<EndpointId> reference) {
    switch (replica.view()) {
      case Reading.Unknown<LiveView>(String reason, String message) -> {
        out.unfinished |= reason.equals(ReplicaReading.NOT_READ_YET) || missesAChange(replica);
        if (missing(replica).isPresent() && settled(replica, "route", reference)) {
          Finding.Drift drift = drift(replica, "route", "present", "missing", message);
          verdict(replica, ReplicaVerdict.State.MISMATCH, drift.message());
        } else if (reason.equals("RoutesDisagree") && settled(replica, "route", reference)) {
          // Which one is right is not asked: of routes that differ at most one can be as declared.
          Finding.Drift drift =
              drift(replica, "route", "the same everywhere", "different", message);
          verdict(replica, ReplicaVerdict.State.MISMATCH, drift.message());
        } else {
          unjudged(replica, reason, message);
        }
      }
      case Reading.NotSupported<LiveView>(String reason, String message) ->
          unjudged(replica, reason, message);
      case Reading.Known<LiveView>(LiveView view, Instant at) ->
          compare(replica, view, at, reference);
    }
  }

  /**
   * A replica that has just come, or is not ready, is not judged. But it is written: its readiness
   * may wait for the very servers that it should get.
   */
  private void prepare(ReplicaReading replica, Distribution<EndpointId> reference) {
    if (!replica.writable()
        || !(replica.view() instanceof Reading.Known<LiveView>(LiveView view, Instant at))
        || writtenSince(replica, at)) {
      return;
    }
    Set<Address> ignored = snapshot.intent().respectDrains() ? drained(view) : Set.of();
    Slots.Seen seen = see(replica, view, reference, ignored);
    if (!seen.want().isNone() && (weightsDiffer(seen) || membersDiffer(replica, seen))) {
      wish(Correction.Kind.FOLLOW, replica, snapshot.now(), wording(seen));
    }
  }

  /**
   * A proxy without any weight for the pool answers nobody: the worst of differences, not the
   * mildest.
   */
  private boolean weightsDiffer(Slots.Seen seen) {
    return seen.weightDeviation().compareTo(snapshot.intent().driftTolerance()) > 0
        || seen.got().isNone();
  }

  /** Whether servers are missing or too many that nobody but Evenkeel brings or takes. */
  private static boolean membersDiffer(ReplicaReading replica, Slots.Seen seen) {
    return replica.reach() == Reach.MEMBERS && seen.membershipDiffers();
  }

  /** What a replica that was read does not have of this pool. */
  static Optional<String> missing(ReplicaReading replica) {
    return replica.view() instanceof Reading.Unknown<LiveView>(String reason, String message)
            && reason.equals("RouteMissing")
        ? Optional.of(message)
        : Optional.empty();
  }

  /**
   * Whether a change has to be followed by a replica that cannot be read just now. One that is gone
   * for longer than the settling time is not waited for: the others must not go unjudged for it.
   */
  private boolean missesAChange(ReplicaReading replica) {
    return aim.move() != Aim.Move.STAND
        && replica.writable()
        && replica.changedAt().plus(snapshot.bounds().settle()).isAfter(snapshot.now());
  }

  private void unjudged(ReplicaReading replica, String reason, String message) {
    out.findings.add(
        new Finding.Unjudged(Rung.LIVE, reason, Optional.of(replica.replica()), message));
    verdict(replica, ReplicaVerdict.State.UNKNOWN, reason + ": " + message);
  }

  private Slots.Seen see(
      ReplicaReading replica,
      LiveView view,
      Distribution<EndpointId> reference,
      Set<Address> ignored) {
    Slots.Seen seen = slots.see(view.configured(), reference, ignored, replica.reach());
    boolean shared = snapshot.declared().known().map(Declared::shared).orElse(false);
    return shared ? seen.withoutStrangers() : seen;
  }

  private void compare(
      ReplicaReading replica, LiveView view, Instant at, Distribution<EndpointId> reference) {
    explain(replica, view);
    Set<Address> drained = drained(view);
    boolean respected = snapshot.intent().respectDrains();
    Slots.Seen seen = see(replica, view, reference, respected ? drained : Set.of());
    if (seen.mixed()) {
      unjudged(
          replica,
          "MixedGranularity",
          "the proxy routes to a Service's own address and to pods beside it, so what each pod"
              + " gets cannot be told: name only the one or the other there");
      return;
    }
    if (seen.want().isNone()) {
      // Somebody works on all of it and is respected: nothing is left to compare, or to write.
      unjudged(replica, "OperatorDrain", "every server that should serve was drained by somebody");
      return;
    }
    boolean weights = weightsDiffer(seen);
    boolean undrain = !respected && !drained.isEmpty();
    if (!weights && !undrain && !seen.membershipDiffers()) {
      verdict(replica, ReplicaVerdict.State.VERIFIED, "as configured");
      return;
    }
    boolean drainOnly = undrain && !weights && !seen.membershipDiffers();
    String drains =
        drained.stream().sorted().map(Address::toString).collect(Collectors.joining(", "));
    String what = drainOnly ? drains + " is drained" : wording(seen);
    if (replica.writable() && writtenSince(replica, at)) {
      // Whether it still has to follow cannot be told: what desired was must not be forgotten.
      out.unfinished |= aim.move() != Aim.Move.STAND;
      behind(replica, reference, what + "; not read again since the last write");
      return;
    }
    boolean atOnce = replica.writable() && (weights || undrain || membersDiffer(replica, seen));
    boolean follow =
        switch (aim.move()) {
          case STAND -> false;
          case RESUME -> seen.membershipDiffers();
          case FOLLOW -> true;
        };
    if (atOnce && follow) {
      behind(replica, reference, what);
      wish(Correction.Kind.FOLLOW, replica, snapshot.now(), what);
      return;
    }
    if (!atOnce && !settled(replica, what, reference)) {
      behind(replica, reference, what + "; not yet settled");
      // Whoever owns the servers brings or takes one: its weight is then to be followed, too.
      out.unfinished |= replica.writable() && follow;
      return;
    }
    Finding.Drift drift =
        drainOnly
            ? drift(replica, "state[" + drains + "]", "ready", "drained", what)
            : drift(replica, field(seen), value(seen, true), value(seen, false), what);
    verdict(replica, ReplicaVerdict.State.MISMATCH, drift.message());
    if (atOnce) { // else nothing that could be written would change it
      wish(Correction.Kind.CORRECT, replica, drift.since(), drift.message());
    }
  }

  private void explain(ReplicaReading replica, LiveView view) {
    view.gaps()
        .forEach((address, gap) ->
            out.findings.add(
                new Finding.Explained(
                    Rung.LIVE,
                    reason(gap),
                    Optional.of(replica.replica()),
                    address
                        + " gets "
                        + view.effective().share(address).percent()
                        + " instead of the configured "
                        + view.configured().share(address).percent()
                        + " on "
                        + replica.replica())));
  }

  private static String reason(LiveView.Gap gap) {
    return switch (gap) {
      case HEALTH_EXCLUDED -> "HealthExcluded";
      case SLOW_START -> "SlowStart";
      case AGENT_WEIGHT -> "AgentWeight";
      case OUTLIER_EJECTED -> "OutlierEjected";
      case OPERATOR_DRAIN -> "OperatorDrain";
      case PRIORITY -> "Priority";
    };
  }

  private static Set<Address> drained(LiveView view) {
    return view.gaps().entrySet().stream()
        .filter(gap -> gap.getValue() == LiveView.Gap.OPERATOR_DRAIN)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** A reading older than our last write to the replica says nothing about what it did. */
  private boolean writtenSince(ReplicaReading replica, Instant at) {
    Instant written = snapshot.memory().writes().programmed().get(replica.replica());
    return written != null && !at.isAfter(written);
  }

  /**
   * Whether a difference against this reference lasts for the settling time. A changed reference,
   * and changed content of the proxy, start it anew: something is still on its way.
   */
  private boolean settled(ReplicaReading replica, String what, Distribution<EndpointId> reference) {
    Instant seen =
        out.firstSeen(
            "settling/" + replica.replica() + "/" + Integer.toHexString(reference.hashCode()));
    Instant from = seen.isAfter(replica.changedAt()) ? seen : replica.changedAt();
    Duration left = snapshot.bounds().settle().minus(Duration.between(from, snapshot.now()));
    if (left.isPositive()) {
      out.looks.add(left);
      return false;
    }
    return !what.isEmpty();
  }

  private void behind(ReplicaReading replica, Distribution<EndpointId> reference, String what) {
    String message = replica.replica() + ": " + what;
    Instant since =
        out.firstSeen(
            "behind/live/" + replica.replica() + "/" + Integer.toHexString(reference.hashCode()));
    out.findings.add(new Finding.Behind(Rung.LIVE, message, since));
    verdict(replica, ReplicaVerdict.State.UNKNOWN, message);
  }

  private Finding.Drift drift(
      ReplicaReading replica, String field, String from, String to, String what) {
    String key = "drift/live/" + replica.replica() + "/" + field + "/" + to;
    Instant since = out.firstSeen(key);
    Finding.Drift drift =
        new Finding.Drift(
            Rung.LIVE,
            key,
            field,
            from,
            to,
            Optional.of(replica.replica()),
            Optional.empty(),
            since,
            what + ", on " + replica.replica() + ", since " + Wording.time(since));
    out.findings.add(drift);
    return drift;
  }

  private void wish(
      Correction.Kind kind, ReplicaReading replica, Instant detectedAt, String cause) {
    if (frozen) {
      out.unfinished |= kind == Correction.Kind.FOLLOW;
    } else {
      aim.weights()
          .ifPresent(weights ->
              out.wishes.add(
                  new Judged.Wish(
                      kind, new Write.Program(replica.replica(), weights), detectedAt, cause)));
    }
  }

  private void verdict(ReplicaReading replica, ReplicaVerdict.State state, String message) {
    out.replicas.add(new ReplicaVerdict(replica.replica(), state, message));
  }

  private String wording(Slots.Seen seen) {
    if (seen.got().isNone()) {
      return "no endpoint of the pool gets anything";
    }
    if (!seen.strangers().isEmpty()) {
      return "unknown server "
          + seen.strangers().stream().map(Address::toString).collect(Collectors.joining(", "))
          + " gets requests";
    }
    EndpointId worst = worst(seen);
    return Wording.gets(
        Slots.name(worst), seen.got().share(worst), seen.want().share(worst), snapshot);
  }

  private static String field(Slots.Seen seen) {
    return seen.strangers().isEmpty() && !seen.got().isNone()
        ? "weight[" + Slots.name(worst(seen)) + "]"
        : "servers";
  }

  private static String value(Slots.Seen seen, boolean wanted) {
    if (seen.got().isNone()) {
      return wanted ? "the pool's endpoints" : "none";
    }
    if (!seen.strangers().isEmpty()) {
      return wanted ? "none other" : seen.strangers().toString();
    }
    return (wanted ? seen.want() : seen.got()).share(worst(seen)).percent();
  }

  private static EndpointId worst(Slots.Seen seen) {
    return Stream.concat(
            seen.want().shares().keySet().stream(), seen.got().shares().keySet().stream())
        .distinct()
        .sorted()
        .max(
            Comparator.comparing(
                    (EndpointId slot) -> seen.got().share(slot).distanceTo(seen.want().share(slot)))
                .thenComparing(
                    // of equals the one that gets too much: that is who suffers
                    slot -> seen.got().share(slot).compareTo(seen.want().share(slot))))
        .orElseThrow();
  }
}
