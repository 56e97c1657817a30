package io.evenkeel.core.plan;

import io.evenkeel.core.plan.Plan.Problem;
import io.evenkeel.core.plan.Scale.Granularity;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From what a pool asks for to the integer weights that a provider can express. All endpoints of a
 * backend always get the same weight. Every backend with a desired share gets at least weight 1, so
 * that rounding never drops a ready endpoint.
 */
public final class Planner {
  private Planner() {}

  /**
   * The smallest exact weights where they fit; else the smallest that are within the tolerance;
   * else the best that the provider can express.
   *
   * @param backends in the order in which the provider writes them
   * @param tolerance relative deviation of the effective from the desired distribution, 0.02 for 2
   *     %
   */
  public static Plan plan(List<Backend> backends, Unit unit, Scale scale, Share tolerance) {
    Distribution<EndpointId> desired = desired(backends, unit);
    if (desired.isNone()) {
      return new Plan(
          Optional.empty(),
          desired,
          Distribution.none(),
          Share.ZERO,
          false,
          Optional.of(nothingToServe(backends)));
    }
    Weights weights =
        weights(backends, scale, new Search(backends, desired, scale, tolerance).best());
    Distribution<EndpointId> effective =
        Effect.perEndpoint(scale.quantisation(), backends, weights);
    Share deviation = effective.deviationFrom(desired);
    boolean within = deviation.compareTo(tolerance) <= 0;
    return new Plan(
        Optional.of(weights),
        desired,
        effective,
        deviation,
        within,
        within ? Optional.empty() : Optional.of(notAchievable(scale, deviation, tolerance)));
  }

  /**
   * What the pool asks for. Ready endpoints of a backend with capacity 0 are in it with share 0.
   */
  public static Distribution<EndpointId> desired(List<Backend> backends, Unit unit) {
    SortedMap<EndpointId, Share> weights = new TreeMap<>();
    for (Backend backend : backends) {
      List<Endpoint> ready = backend.readyEndpoints();
      for (Endpoint endpoint : ready) {
        weights.put(
            endpoint.id(), Share.of(backend.capacity(), unit == Unit.ENDPOINT ? 1 : ready.size()));
      }
    }
    return Distribution.ofWeights(weights);
  }

  private static Problem nothingToServe(List<Backend> backends) {
    boolean ready = backends.stream().anyMatch(backend -> !backend.readyEndpoints().isEmpty());
    return ready
        ? new Problem(
            "NoCapacity",
            "every backend with a ready endpoint has capacity 0; give one of them a capacity above"
                + " 0")
        : new Problem(
            "NoReadyEndpoints",
            "none of the "
                + backends.size()
                + " backends has a ready endpoint; the last weights stay in place");
  }

  private static Problem notAchievable(Scale scale, Share deviation, Share tolerance) {
    return new Problem(
        "EvennessNotAchievable",
        "the best weights in 0.."
            + scale.max()
            + " are "
            + deviation.percent()
            + " off the desired shares, tolerated are "
            + tolerance.percent()
            + "; change the capacities or the number of endpoints, or raise tolerancePercent");
  }

  private static Weights weights(List<Backend> backends, Scale scale, Map<String, Integer> chosen) {
    if (scale.granularity() == Granularity.BACKEND) {
      SortedMap<String, Integer> weights = new TreeMap<>();
      backends.forEach(
          backend -> weights.put(backend.name(), chosen.getOrDefault(backend.name(), 0)));
      return new Weights.PerBackend(weights);
    }
    SortedMap<EndpointId, Integer> weights = new TreeMap<>();
    for (Backend backend : backends) {
      for (Endpoint endpoint : backend.readyEndpoints()) {
        weights.put(endpoint.id(), chosen.getOrDefault(backend.name(), 0));
      }
    }
    return new Weights.PerEndpoint(weights);
  }
}
