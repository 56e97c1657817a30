package io.evenkeel.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.core.decide.Condition;
import io.evenkeel.core.decide.Correction;
import io.evenkeel.core.decide.Decide;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Finding;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.core.share.Distribution;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DecideTest {
  private static final List<Backend> TWO =
      List.of(Pools.backend("blue", 1, 1, 1), Pools.backend("green", 1, 2, 1));
  private static final Map<Address, Integer> EVEN =
      Map.of(Pools.address(1, 1), 1, Pools.address(2, 1), 1);
  private static final Map<Address, Integer> SKEWED =
      Map.of(Pools.address(1, 1), 9, Pools.address(2, 1), 1);
  private static final Instant NOON = Pools.NOON;

  /** One more endpoint than in {@link #TWO}, and a proxy that has all three. */
  private static final List<Backend> THREE =
      List.of(Pools.backend("blue", 1, 1, 1), Pools.backend("green", 1, 2, 2));

  private static final Map<Address, Integer> THIRDS =
      Map.of(Pools.address(1, 1), 1, Pools.address(2, 1), 1, Pools.address(2, 2), 1);

  @Test
  void createsTheRouteFirstAndCallsItsDeletionDrift() {
    Decision first = Decide.decide(gateway(NOON, Declared.absent(), Memory.empty(NOON)));

    assertThat(first.corrections())
        .singleElement()
        .extracting(Correction::kind)
        .isEqualTo(Correction.Kind.FOLLOW);

    Decision then = Decide.decide(gateway(NOON.plusSeconds(5), Declared.absent(), first.memory()));

    assertThat(then.corrections())
        .singleElement()
        .extracting(Correction::kind)
        .isEqualTo(Correction.Kind.CORRECT);
    assertThat(then.notices()).extracting(Decision.Notice::reason).containsExactly("DriftDetected");
  }

  @Test
  void correctsEditedWeightsAndNamesTheWriter() {
    Memory settled = settled();
    Decision decision =
        Decide.decide(
            gateway(NOON.plusSeconds(5), Pools.route(Map.of("blue", 9, "green", 1)), settled));

    assertThat(decision.corrections())
        .singleElement()
        .satisfies(correction -> {
          assertThat(correction.kind()).isEqualTo(Correction.Kind.CORRECT);
          assertThat(correction.write()).isInstanceOf(Write.Declare.class);
        });
    assertThat(decision.findings())
        .filteredOn(Finding.Drift.class::isInstance)
        .first()
        .extracting(Finding::message)
        .isEqualTo(
            "blue gets 90.0 %, should get 50.0 % ± 0.0 %, last written by kubectl-edit,"
                + " since 12:00:05");
    assertThat(status(decision, "Drifted")).contains(Condition.Status.TRUE);
    assertThat(status(decision, "Ready")).contains(Condition.Status.TRUE);
  }

  @Test
  void proportionalWeightsAreTheSame() {
    Decision decision =
        Decide.decide(
            gateway(NOON.plusSeconds(5), Pools.route(Map.of("blue", 7, "green", 7)), settled()));

    assertThat(decision.corrections()).isEmpty();
    assertThat(decision.findings()).isEmpty();
  }

  @Test
  void aChangeOfEndpointsIsFollowedOnceASecond() {
    List<Backend> three = List.of(Pools.backend("blue", 1, 1, 2), Pools.backend("green", 1, 2, 1));
    Declared before = Pools.route(Map.of("blue", 1, "green", 1));
    Snapshot changed = snapshot(NOON.plusSeconds(5), three, before, settled());

    Decision first = Decide.decide(changed);
    assertThat(first.corrections())
        .singleElement()
        .extracting(Correction::kind)
        .isEqualTo(Correction.Kind.FOLLOW);
    assertThat(status(first, "Drifted")).isEmpty();

    Decision tooSoon =
        Decide.decide(
            snapshot(
                NOON.plusMillis(5400),
                TWO,
                Pools.route(Map.of("blue", 2, "green", 1)),
                first.memory()));
    assertThat(tooSoon.corrections()).isEmpty();
    assertThat(tooSoon.nextLook()).contains(Duration.ofMillis(600));
    assertThat(status(tooSoon, "Drifted")).isEmpty();
  }

  @Test
  void suspendedObservingAndPausedFindButDoNotWrite() {
    Snapshot drifted =
        gateway(NOON.plusSeconds(5), Pools.route(Map.of("blue", 9, "green", 1)), settled());
    Snapshot.Bounds b = drifted.bounds();
    Snapshot.Intent i = drifted.intent();
    Snapshot suspended =
        Pools.with(
            drifted,
            i,
            new Snapshot.Bounds(
                true, b.mode(), b.settle(), b.burst(), b.perMinute(), b.maxPause()));
    Snapshot observing =
        Pools.with(
            drifted,
            i,
            new Snapshot.Bounds(
                false, Snapshot.Mode.OBSERVE, b.settle(), b.burst(), b.perMinute(), b.maxPause()));
    Snapshot paused = Pools.with(drifted, paused(i, Duration.ofDays(3)), b);

    for (Snapshot held : List.of(suspended, observing, paused)) {
      Decision decision = Decide.decide(held);
      assertThat(decision.corrections()).isEmpty();
      assertThat(status(decision, "Drifted")).contains(Condition.Status.TRUE);
    }
    Decision pause = Decide.decide(paused);
    assertThat(status(pause, "Paused")).contains(Condition.Status.TRUE);
    assertThat(pause.nextLook()).as("clamped to maxPause").contains(Duration.ofHours(24));
  }

  @Test
  void correctsOnlyTheHaproxyReplicaThatWasChanged() {
    Decision first =
        Decide.decide(
            haproxy(NOON, Memory.empty(NOON), haproxyAt("a", EVEN, 0), haproxyAt("b", EVEN, 0)));
    assertThat(first.corrections()).isEmpty();

    Decision decision =
        Decide.decide(
            haproxy(
                NOON.plusSeconds(5),
                first.memory(),
                haproxyAt("a", EVEN, 5),
                haproxyAt("b", SKEWED, 5)));

    assertThat(decision.corrections())
        .singleElement()
        .satisfies(correction ->
            assertThat(((Write.Program) correction.write()).replica().name()).isEqualTo("b"));
    assertThat(status(decision, "LiveVerified")).contains(Condition.Status.FALSE);
  }

  @Test
  void aSecondChangeBeforeTheFirstIsReadAgainIsFollowedToo() {
    Decision settled = Decide.decide(elastic(TWO, NOON, Memory.empty(NOON), EVEN, 0));
    Decision first = Decide.decide(elastic(THREE, NOON.plusSeconds(5), settled.memory(), EVEN, 5));
    assertThat(kinds(first)).containsExactly(Correction.Kind.FOLLOW);
    Memory written = written(first.memory(), "a", NOON.plusMillis(5050));

    Decision unread = Decide.decide(elastic(TWO, NOON.plusMillis(5100), written, THIRDS, 5));
    assertThat(unread.corrections()).isEmpty();
    Decision read = Decide.decide(elastic(TWO, NOON.plusMillis(7000), unread.memory(), THIRDS, 7));
    assertThat(kinds(read)).containsExactly(Correction.Kind.FOLLOW);
    assertThat(status(read, "Drifted")).isEmpty();
  }

  @Test
  void aChangeThatIsTakenBackWhenHalfOfItIsWrittenIsFollowedBack() {
    Decision settled = Decide.decide(elastic(TWO, NOON, Memory.empty(NOON), EVEN, 0));
    Decision first = Decide.decide(elastic(THREE, NOON.plusSeconds(5), settled.memory(), EVEN, 5));
    Memory half = written(first.memory(), "a", NOON.plusMillis(5050)).unwritten(settled.memory());

    Decision back = Decide.decide(elastic(TWO, NOON.plusSeconds(7), half, THIRDS, 7));
    assertThat(kinds(back)).containsExactly(Correction.Kind.FOLLOW);
    assertThat(status(back, "Drifted")).isEmpty();
  }

  @Test
  void aChangeOfWhichOneReplicaHasToWaitIsFollowedBackByTheOther() {
    Decision settled =
        Decide.decide(
            haproxy(NOON, Memory.empty(NOON), elasticAt("a", EVEN, 0), elasticAt("b", EVEN, 0)));
    Memory justWritten = written(settled.memory(), "b", NOON.plusMillis(4500));
    Decision first =
        Decide.decide(
            Pools.snapshot(
                NOON.plusSeconds(5),
                THREE,
                Scale.HAPROXY,
                new Reading.NotSupported<>("RunTimeOnly", "weights live in the proxies"),
                List.of(elasticAt("a", EVEN, 5), elasticAt("b", EVEN, 5)),
                justWritten));
    assertThat(kinds(first)).as("b was written half a second ago").hasSize(1);

    Decision back =
        Decide.decide(
            haproxy(
                NOON.plusSeconds(6),
                written(first.memory(), "a", NOON.plusMillis(5010)),
                elasticAt("a", SKEWED, 6),
                elasticAt("b", EVEN, 6)));
    assertThat(status(back, "Drifted")).isEmpty();
  }

  @Test
  void anEndpointThatIsNoLongerReadyLeavesAtOnceWhereMembersAreOurs() {
    Decision settled = Decide.decide(elastic(THREE, NOON, Memory.empty(NOON), THIRDS, 0));
    List<Backend> terminating =
        List.of(
            Pools.backend("blue", 1, 1, 1),
            new Backend.Resolved(
                "green",
                1,
                List.of(
                    Pools.endpoint("green", Pools.address(2, 1), true, false),
                    Pools.endpoint("green", Pools.address(2, 2), false, true)),
                Set.of(),
                List.of()));

    Decision leaving =
        Decide.decide(elastic(terminating, NOON.plusSeconds(5), settled.memory(), THIRDS, 5));
    assertThat(kinds(leaving)).containsExactly(Correction.Kind.FOLLOW);
    assertThat(status(leaving, "Drifted")).isEmpty();
  }

  @Test
  void aReplicaThatCouldNotBeReadFollowsWhenItCan() {
    Decision settled = Decide.decide(elastic(TWO, NOON, Memory.empty(NOON), EVEN, 0));
    ReplicaReading unread =
        new ReplicaReading(
            new ReplicaId("edge", "a"),
            true,
            Reach.MEMBERS,
            NOON.plusSeconds(5),
            new Reading.Unknown<>("ChangedWhileReading", "a server went"));
    Decision blind =
        Decide.decide(
            Pools.snapshot(
                NOON.plusSeconds(5),
                THREE,
                Scale.HAPROXY,
                new Reading.NotSupported<>("RunTimeOnly", "weights live in the proxies"),
                List.of(unread),
                settled.memory()));
    assertThat(blind.corrections()).isEmpty();

    Decision seeing = Decide.decide(elastic(THREE, NOON.plusSeconds(6), blind.memory(), EVEN, 6));
    assertThat(kinds(seeing)).containsExactly(Correction.Kind.FOLLOW);
    assertThat(status(seeing, "Drifted")).isEmpty();
  }

  @Test
  void aFollowThatCannotBeWrittenIsNotReadyForEver() {
    Memory settled = settled();
    Declared old = Pools.route(Map.of("blue", 1, "green", 1));
    Decision first = Decide.decide(snapshot(NOON.plusSeconds(5), THREE, old, settled));
    Memory failed = first.memory().unwritten(settled);
    assertThat(status(first, "Ready")).contains(Condition.Status.TRUE);

    Decision later = Decide.decide(snapshot(NOON.plusSeconds(60), THREE, old, failed));
    assertThat(status(later, "Programmed")).contains(Condition.Status.FALSE);
    Decision still =
        Decide.decide(snapshot(NOON.plusSeconds(90), THREE, old, later.memory().unwritten(failed)));
    assertThat(status(still, "Ready")).contains(Condition.Status.FALSE);
    assertThat(status(still, "Drifted")).as("nobody else changed anything").isEmpty();
  }

  @Test
  void aProxyThatGotNoFollowIsNotVerifiedForEver() {
    Decision settled = Decide.decide(elastic(TWO, NOON, Memory.empty(NOON), EVEN, 0));
    assertThat(status(settled, "LiveVerified")).contains(Condition.Status.TRUE);
    Decision first = Decide.decide(elastic(THREE, NOON.plusSeconds(5), settled.memory(), EVEN, 5));
    assertThat(status(first, "LiveVerified")).contains(Condition.Status.TRUE);

    Memory failed = first.memory().unwritten(settled.memory());
    Decision later = Decide.decide(elastic(THREE, NOON.plusSeconds(60), failed, EVEN, 60));
    assertThat(status(later, "LiveVerified")).contains(Condition.Status.FALSE);
  }

  @Test
  void aProxyThatAnswersNobodyIsCorrectedAtOnce() {
    Map<Address, Integer> none = Map.of(Pools.address(1, 1), 0, Pools.address(2, 1), 0);
    Decision first = Decide.decide(haproxy(NOON, Memory.empty(NOON), haproxyAt("a", EVEN, 0)));
    Decision zero =
        Decide.decide(haproxy(NOON.plusSeconds(5), first.memory(), haproxyAt("a", none, 5)));
    assertThat(kinds(zero)).containsExactly(Correction.Kind.CORRECT);
  }

  @Test
  void aProxyOfWhichSomebodyDrainedEverythingIsLeftAlone() {
    Memory settled =
        Decide.decide(haproxy(NOON, Memory.empty(NOON), haproxyAt("a", EVEN, 0))).memory();
    SortedMap<Address, LiveView.Gap> gaps = new TreeMap<>();
    EVEN.keySet().forEach(address -> gaps.put(address, LiveView.Gap.OPERATOR_DRAIN));
    ReplicaReading one = haproxyAt("a", EVEN, 5);
    LiveView view = one.view().known().orElseThrow();
    Reading<LiveView> drained =
        new Reading.Known<>(
            new LiveView(view.configured(), Distribution.none(), gaps, view.requests(), "1", "1"),
            NOON.plusSeconds(5));
    Decision decision =
        Decide.decide(
            haproxy(
                NOON.plusSeconds(5),
                settled,
                new ReplicaReading(one.replica(), true, one.reach(), one.changedAt(), drained)));
    assertThat(decision.corrections()).isEmpty();
    assertThat(status(decision, "Drifted")).isEmpty();
    assertThat(status(decision, "LiveVerified")).contains(Condition.Status.UNKNOWN);
  }

  @Test
  void whatOnlyTheOwnerOfTheServersCanMendCostsNoBudget() {
    Decision first =
        Decide.decide(
            haproxy(NOON, Memory.empty(NOON), haproxyAt("a", EVEN, 0), haproxyAt("b", EVEN, 0)));
    Map<Address, Integer> lacking = Map.of(Pools.address(1, 1), 1);
    Memory memory = first.memory();
    for (int second = 5; second < 60; second += 2) {
      Decision decision =
          Decide.decide(
              haproxy(
                  NOON.plusSeconds(second),
                  memory,
                  haproxyAt("a", lacking, second),
                  haproxyAt("b", EVEN, second)));
      assertThat(decision.corrections()).isEmpty();
      memory = decision.memory();
    }
    Decision bent =
        Decide.decide(
            haproxy(
                NOON.plusSeconds(61),
                memory,
                haproxyAt("a", lacking, 61),
                haproxyAt("b", SKEWED, 61)));
    assertThat(status(bent, "Drifted")).contains(Condition.Status.TRUE);
    assertThat(bent.corrections())
        .singleElement()
        .satisfies(correction ->
            assertThat(((Write.Program) correction.write()).replica().name()).isEqualTo("b"));
  }

  @Test
  void aReplicaThatDoesNotCountYetIsWrittenAllTheSame() {
    Decision first = Decide.decide(elastic(TWO, NOON, Memory.empty(NOON), EVEN, 0));
    ReplicaReading empty = elasticAt("b", Map.of(), 5);
    Decision fresh =
        Decide.decide(
            haproxy(
                NOON.plusSeconds(5),
                first.memory(),
                elasticAt("a", EVEN, 5),
                new ReplicaReading(
                    empty.replica(), false, Reach.MEMBERS, empty.changedAt(), empty.view())));
    assertThat(kinds(fresh)).containsExactly(Correction.Kind.FOLLOW);
    assertThat(status(fresh, "Drifted")).isEmpty();
    assertThat(status(fresh, "LiveVerified")).contains(Condition.Status.TRUE);
  }

  @Test
  void aPauseThatWasToldBeforeARestartStillEndsWhenTheClassSays() {
    Snapshot start = gateway(NOON, Pools.route(Map.of("blue", 1, "green", 1)), settled());
    Decision told =
        Decide.decide(
            Pools.with(start, paused(start.intent(), Duration.ofDays(3)), start.bounds()));
    Memory m = told.memory();
    Memory restarted =
        new Memory(m.settled(), m.conditions(), m.budget(), Map.of(), Optional.empty(), m.writes());
    Snapshot later =
        gateway(
            NOON.plus(Duration.ofHours(25)), Pools.route(Map.of("blue", 1, "green", 1)), restarted);
    Decision ended =
        Decide.decide(
            Pools.with(later, paused(later.intent(), Duration.ofDays(3)), later.bounds()));
    assertThat(status(ended, "Paused")).isEmpty();
  }

  @Test
  void aStaleEnvoyIsBehindFirstAndDriftAfterSettling() {
    Declared even = Pools.route(Map.of("blue", 1, "green", 1));
    Decision first = Decide.decide(envoy(NOON, even, Memory.empty(NOON)));
    assertThat(status(first, "LiveVerified")).contains(Condition.Status.UNKNOWN);
    assertThat(first.nextLook()).contains(Duration.ofSeconds(10));

    Decision later = Decide.decide(envoy(NOON.plusSeconds(11), even, first.memory()));
    assertThat(status(later, "LiveVerified")).contains(Condition.Status.FALSE);
    assertThat(later.corrections()).as("nobody can write to it").isEmpty();
  }

  @Test
  void mostlyUnknownFreezesTheLiveRung() {
    ReplicaReading unknown =
        new ReplicaReading(
            new io.evenkeel.core.read.ReplicaId("edge", "x"),
            true,
            Reach.WEIGHTS,
            NOON,
            new Reading.Unknown<>("Timeout", "no answer within 1 s"));
    ReplicaReading other =
        new ReplicaReading(
            new io.evenkeel.core.read.ReplicaId("edge", "y"),
            true,
            Reach.WEIGHTS,
            NOON,
            unknown.view());
    Decision decision =
        Decide.decide(haproxy(NOON, Memory.empty(NOON), haproxyAt("a", SKEWED, 0), unknown, other));

    assertThat(decision.corrections()).isEmpty();
  }

  @Property(tries = 200)
  void afterItsOwnCorrectionsItWritesNothing(
      @ForAll @IntRange(min = 1, max = 9) int blue,
      @ForAll @IntRange(min = 1, max = 9) int green,
      @ForAll @IntRange(min = 0, max = 100) int blueWeight,
      @ForAll @IntRange(min = 0, max = 100) int greenWeight) {
    List<Backend> backends =
        List.of(Pools.backend("blue", 1, 1, blue), Pools.backend("green", 3, 2, green));
    Declared present = Pools.route(Map.of("blue", blueWeight, "green", greenWeight));
    Decision first = Decide.decide(snapshot(NOON, backends, present, Memory.empty(NOON)));
    Declared after =
        first.corrections().stream()
            .map(correction -> (Weights.PerBackend) correction.write().weights())
            .map(weights -> Pools.route(weights.weights()))
            .findFirst()
            .orElse(present);

    Decision second = Decide.decide(snapshot(NOON.plusSeconds(3), backends, after, first.memory()));

    assertThat(second.corrections()).isEmpty();
    assertThat(second.notices()).isEmpty();
    assertThat(status(second, "Drifted")).isEmpty();
    assertThat(status(second, "Programmed")).contains(Condition.Status.TRUE);
  }

  private static Memory settled() {
    return Decide.decide(
            gateway(NOON, Pools.route(Map.of("blue", 1, "green", 1)), Memory.empty(NOON)))
        .memory();
  }

  private static Snapshot gateway(Instant now, Declared declared, Memory memory) {
    return snapshot(now, TWO, declared, memory);
  }

  private static Snapshot snapshot(
      Instant now, List<Backend> backends, Declared declared, Memory memory) {
    return Pools.snapshot(
        now, backends, Scale.GATEWAY_API, new Reading.Known<>(declared, now), List.of(), memory);
  }

  private static Snapshot envoy(Instant now, Declared declared, Memory memory) {
    return Pools.snapshot(
        now,
        TWO,
        Scale.GATEWAY_API,
        new Reading.Known<>(declared, now),
        List.of(Pools.replica("edge-7d9c", false, NOON, now, SKEWED)),
        memory);
  }

  private static Snapshot haproxy(Instant now, Memory memory, ReplicaReading... live) {
    return Pools.snapshot(
        now,
        TWO,
        Scale.HAPROXY,
        new Reading.NotSupported<>("RunTimeOnly", "weights live in the proxies"),
        List.of(live),
        memory);
  }

  private static ReplicaReading haproxyAt(String name, Map<Address, Integer> weights, int seconds) {
    return Pools.replica(name, true, NOON, NOON.plusSeconds(seconds), weights);
  }

  private static ReplicaReading elasticAt(String name, Map<Address, Integer> weights, int seconds) {
    ReplicaReading one = haproxyAt(name, weights, seconds);
    return new ReplicaReading(one.replica(), true, Reach.MEMBERS, one.changedAt(), one.view());
  }

  private static Snapshot elastic(
      List<Backend> backends,
      Instant now,
      Memory memory,
      Map<Address, Integer> weights,
      int seconds) {
    return Pools.snapshot(
        now,
        backends,
        Scale.HAPROXY,
        new Reading.NotSupported<>("RunTimeOnly", "weights live in the proxies"),
        List.of(elasticAt("a", weights, seconds)),
        memory);
  }

  private static Memory written(Memory memory, String replica, Instant when) {
    return memory.with(memory.writes().programmed(new ReplicaId("edge", replica), when));
  }

  private static List<Correction.Kind> kinds(Decision decision) {
    return decision.corrections().stream().map(Correction::kind).toList();
  }

  private static Snapshot.Intent paused(Snapshot.Intent i, Duration length) {
    return new Snapshot.Intent(
        i.pool(),
        i.generation(),
        i.unit(),
        i.tolerance(),
        i.driftTolerance(),
        i.trafficTolerance(),
        i.refuseUnachievable(),
        i.mode(),
        i.respectDrains(),
        i.minReadyEndpoints(),
        i.maxStepPercent(),
        i.foreignOwnerAcknowledged(),
        Optional.of(new Snapshot.Pause(NOON.plusSeconds(5).plus(length), "load test")),
        i.pauseProblem());
  }

  private static Optional<Condition.Status> status(Decision decision, String type) {
    return decision.conditions().stream()
        .filter(condition -> condition.type().equals(type))
        .map(Condition::status)
        .findFirst();
  }
}
