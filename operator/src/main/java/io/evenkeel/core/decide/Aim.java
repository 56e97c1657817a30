package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Effect;
import io.evenkeel.core.plan.Plan;
import io.evenkeel.core.plan.Planner;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.share.Distribution;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What should be written, and whether that is news.
 *
 * @param weights what should be declared; empty when nothing is known that could be
 * @param move whether desired changed since the last decision
 * @param refused a new spec that cannot be even enough: the last good weights stay
 * @param frozen why weights are not to be touched at the moment, if so
 */
record Aim(
    Optional<Plan> plan,
    Optional<Weights> weights,
    Move move,
    Optional<Plan.Problem> refused,
    Optional<Plan.Problem> frozen) {
  enum Move {
    /** Desired is what it was: a difference was made by somebody else. */
    STAND,
    /**
     * As far as the status of an earlier process tells, desired is what it was: a weight that
     * differs was changed by somebody else, a member that differs may have come while nobody
     * looked.
     */
    RESUME,
    /** Desired changed: a difference is ours to follow. */
    FOLLOW
  }

  static Aim of(Snapshot snapshot) {
    if (snapshot.scale().isEmpty()) {
      return new Aim(
          Optional.empty(),
          snapshot.memory().settled().lastGood(),
          Move.STAND,
          Optional.empty(),
          Optional.empty());
    }
    Scale scale = snapshot.scale().get();
    Snapshot.Intent intent = snapshot.intent();
    Memory.Settled settled = snapshot.memory().settled();
    Plan plan = Planner.plan(snapshot.backends(), intent.unit(), scale, intent.tolerance());
    Optional<Plan.Problem> frozen = frozen(snapshot, plan);
    if (frozen.isPresent()) {
      return new Aim(Optional.of(plan), settled.lastGood(), Move.STAND, Optional.empty(), frozen);
    }
    boolean newSpec = intent.generation() != settled.generation();
    if (newSpec && intent.refuseUnachievable() && !plan.withinTolerance()) {
      return new Aim(
          Optional.of(plan),
          settled.lastGood().map(good -> kept(snapshot, scale, good)),
          Move.RESUME,
          plan.problem(),
          Optional.empty());
    }
    Optional<Weights> standing =
        settled.lastGood().filter(good -> goodEnough(snapshot, scale, plan, good));
    Optional<Move> still = newSpec ? Optional.empty() : still(settled, plan, standing);
    if (still.isPresent()) {
      return new Aim(
          Optional.of(plan),
          standing.or(plan::weights),
          still.get(),
          Optional.empty(),
          Optional.empty());
    }
    return new Aim(
        Optional.of(plan),
        present(snapshot, scale, plan).or(plan::weights),
        Move.FOLLOW,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * The last good weights while a new spec is refused. Pods come and go all the same: in a backend
   * each gets what the others of it have.
   */
  private static Weights kept(Snapshot snapshot, Scale scale, Weights good) {
    if (scale.granularity() == Scale.Granularity.BACKEND) {
      return good;
    }
    SortedMap<EndpointId, Integer> weights = new TreeMap<>();
    for (Backend backend : snapshot.backends()) {
      int ready = backend.readyEndpoints().size();
      int weight =
          switch (good) {
            case Weights.PerEndpoint(SortedMap<EndpointId, Integer> each) ->
                each.entrySet().stream()
                    .filter(entry -> entry.getKey().backend().equals(backend.name()))
                    .mapToInt(Map.Entry::getValue)
                    .max()
                    .orElse(0);
            case Weights.PerBackend(SortedMap<String, Integer> sums) -> {
              int sum = sums.getOrDefault(backend.name(), 0);
              yield sum == 0 ? 0 : Math.max(1, sum / Math.max(1, ready));
            }
          };
      backend.readyEndpoints().forEach(endpoint -> weights.put(endpoint.id(), weight));
    }
    boolean some = weights.values().stream().anyMatch(weight -> weight > 0);
    return some ? new Weights.PerEndpoint(weights) : good;
  }

  /** How desired is what it was; empty when it changed. */
  private static Optional<Move> still(
      Memory.Settled settled, Plan plan, Optional<Weights> standing) {
    if (settled.desired().isPresent()) {
      return settled.desired().filter(plan.desired()::equals).map(same -> Move.STAND);
    }
    if (standing.isPresent()) {
      return Optional.of(Move.STAND);
    }
    return plan.weights()
        .map(Weights::perBackend)
        .filter(sums -> settled.lastGood().map(Weights::perBackend).equals(Optional.of(sums)))
        .map(same -> Move.RESUME);
  }

  private static Optional<Plan.Problem> frozen(Snapshot snapshot, Plan plan) {
    int ready =
        snapshot.backends().stream().mapToInt(backend -> backend.readyEndpoints().size()).sum();
    if (plan.weights().isEmpty()) {
      return plan.problem();
    }
    int least = snapshot.intent().minReadyEndpoints();
    return ready < least
        ? Optional.of(
            new Plan.Problem(
                "TooFewReadyEndpoints",
                ready + " endpoints are ready, weights are frozen below " + least))
        : Optional.empty();
  }

  /**
   * Weights that were kept because they were even enough go on being right until desired changes.
   */
  private static boolean goodEnough(Snapshot snapshot, Scale scale, Plan plan, Weights good) {
    return switch (good) {
      case Weights.PerEndpoint ignored -> false;
      case Weights.PerBackend(SortedMap<String, Integer> weights) ->
          scale.granularity() == Scale.Granularity.BACKEND
              && (plan.weights().equals(Optional.of(good))
                  || meets(snapshot, scale, plan, weights));
    };
  }

  /**
   * The present weights, when every rule has the same shares and they are even enough: then nothing
   * is written.
   */
  private static Optional<Weights> present(Snapshot snapshot, Scale scale, Plan plan) {
    List<SortedMap<String, Integer>> rules =
        snapshot.declared().known().map(Declared::weights).orElse(List.of());
    if (scale.granularity() != Scale.Granularity.BACKEND
        || rules.isEmpty()
        || rules.stream().distinct().count() > 1
        || !meets(snapshot, scale, plan, rules.getFirst())) {
      return Optional.empty();
    }
    return Optional.of(new Weights.PerBackend(rules.getFirst()));
  }

  private static boolean meets(
      Snapshot snapshot, Scale scale, Plan plan, SortedMap<String, Integer> weights) {
    Distribution<String> wanted = plan.desired().by(EndpointId::backend);
    Distribution<String> effective =
        Effect.perBackend(scale.quantisation(), snapshot.backends(), weights);
    boolean dropsOne =
        wanted.shares().entrySet().stream()
            .anyMatch(
                share -> !share.getValue().isZero() && effective.share(share.getKey()).isZero());
    return !effective.isNone()
        && !dropsOne
        && effective.deviationFrom(wanted).compareTo(snapshot.intent().tolerance()) <= 0;
  }

  /** What the weights aimed at do, per backend; none when they are not per backend. */
  Distribution<String> perBackend(Snapshot snapshot) {
    return weights.orElse(null) instanceof Weights.PerBackend(SortedMap<String, Integer> values)
            && snapshot.scale().isPresent()
        ? Effect.perBackend(snapshot.scale().get().quantisation(), snapshot.backends(), values)
        : Distribution.none();
  }

  /** What the weights aimed at do, per endpoint. */
  Distribution<EndpointId> perEndpoint(Snapshot snapshot) {
    return weights.isPresent() && snapshot.scale().isPresent()
        ? Effect.perEndpoint(
            snapshot.scale().get().quantisation(), snapshot.backends(), weights.get())
        : Distribution.none();
  }
}
