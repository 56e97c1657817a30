package io.evenkeel.core.plan;

import io.evenkeel.core.plan.Plan.Problem;
import io.evenkeel.core.plan.Scale.Granularity;
import io.evenkeel.core.plan.Scale.Quantisation;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
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
  /** Up to here every scale is tried, beyond it every twentieth part more. */
  private static final int LINEAR = 512;

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
    List<Part> parts = parts(backends, desired, scale);
    Candidate best =
        new Search(backends, scale, tolerance, desired.by(EndpointId::backend), parts).run();
    Weights weights = weights(backends, scale, best.weights());
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

  /**
   * A backend to which weight is given.
   *
   * @param ideal the share of what one step of the integer stands for
   * @param step what one step costs on the provider's scale: a weight that is divided by the
   *     endpoints rises by their number
   */
  private record Part(String backend, Share ideal, int step) {}

  private static List<Part> parts(
      List<Backend> backends, Distribution<EndpointId> desired, Scale scale) {
    Distribution<String> byBackend = desired.by(EndpointId::backend);
    boolean perEndpoint = scale.granularity() == Granularity.ENDPOINT;
    boolean divided = scale.quantisation() == Quantisation.INTEGER_PER_ENDPOINT && !perEndpoint;
    return backends.stream()
        .filter(backend -> !byBackend.share(backend.name()).isZero())
        .map(backend -> {
          int endpoints = backend.readyEndpoints().size();
          Share share = byBackend.share(backend.name());
          return new Part(
              backend.name(),
              perEndpoint || divided ? share.dividedBy(Share.of(endpoints, 1)) : share,
              divided ? endpoints : 1);
        })
        .toList();
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

  private record Candidate(SortedMap<String, Integer> weights, Share deviation) {}

  /**
   * The search for the smallest good enough integers; deviations are the same per backend as per
   * endpoint.
   */
  private record Search(
      List<Backend> backends,
      Scale scale,
      Share tolerance,
      Distribution<String> desired,
      List<Part> parts) {
    Candidate run() {
      if (scale.quantisation() == Quantisation.WHOLE_PERCENT) {
        return judged(Effect.Apportion.largestRemainder(desired, 100, true));
      }
      List<SortedMap<String, Integer>> first = new ArrayList<>();
      exact().ifPresent(first::add);
      if (scale.quantisation() == Quantisation.FLOOR_HUNDREDTH_PERCENT && scale.max() >= 10_000) {
        first.add(Effect.Apportion.largestRemainder(desired, 10_000, true));
      }
      Optional<Candidate> best =
          first.stream()
              .map(this::judged)
              .filter(candidate -> candidate.deviation().compareTo(tolerance) <= 0)
              .findFirst();
      return best.orElseGet(() -> scan(first));
    }

    /** Ideal shares over their greatest common divisor, when the largest fits. */
    private Optional<SortedMap<String, Integer>> exact() {
      BigInteger common =
          parts.stream()
              .map(part -> part.ideal().denominator())
              .reduce(BigInteger.ONE, (a, b) -> a.multiply(b).divide(a.gcd(b)));
      List<BigInteger> wholes =
          parts.stream()
              .map(part ->
                  part.ideal().numerator().multiply(common.divide(part.ideal().denominator())))
              .toList();
      BigInteger gcd = wholes.stream().reduce(BigInteger.ZERO, BigInteger::gcd);
      SortedMap<String, Integer> weights = new TreeMap<>();
      for (int i = 0; i < parts.size(); i++) {
        BigInteger weight =
            wholes.get(i).divide(gcd).multiply(BigInteger.valueOf(parts.get(i).step()));
        if (weight.compareTo(BigInteger.valueOf(scale.max())) > 0) {
          return Optional.empty();
        }
        weights.put(parts.get(i).backend(), weight.intValueExact());
      }
      return Optional.of(weights);
    }

    private Candidate scan(List<SortedMap<String, Integer>> alreadyTried) {
      Optional<Candidate> best =
          alreadyTried.stream().map(this::judged).min(Comparator.comparing(Candidate::deviation));
      if (best.isPresent() && scale.quantisation() != Quantisation.FLOOR_HUNDREDTH_PERCENT) {
        return best.get(); // exact weights cannot be bettered by smaller ones
      }
      int top = 1;
      while (true) {
        Candidate candidate = judged(scaledTo(top));
        if (candidate.deviation().compareTo(tolerance) <= 0) {
          return candidate;
        }
        if (best.isEmpty() || candidate.deviation().compareTo(best.get().deviation()) < 0) {
          best = Optional.of(candidate);
        }
        if (top == scale.max()) {
          return best.get();
        }
        top = Math.min(scale.max(), top < LINEAR ? top + 1 : top + top / 20);
      }
    }

    /** Integers next to the ideal ones when the largest is {@code top}. */
    private SortedMap<String, Integer> scaledTo(int top) {
      Share largest =
          parts.stream().map(Part::ideal).max(Comparator.naturalOrder()).orElse(Share.ONE);
      SortedMap<String, Integer> weights = new TreeMap<>();
      for (Part part : parts) {
        Share wanted = part.ideal().times(Share.of(top, 1)).dividedBy(largest);
        // floor(wanted + 1/2)
        Share raised = wanted.plus(Share.of(1, 2));
        long rounded = raised.numerator().divide(raised.denominator()).longValueExact();
        long weight = Math.max(1, rounded) * part.step();
        weights.put(part.backend(), (int) Math.min(scale.max(), weight));
      }
      return weights;
    }

    private Candidate judged(SortedMap<String, Integer> weights) {
      return new Candidate(weights, effective(weights).deviationFrom(desired));
    }

    private Distribution<String> effective(SortedMap<String, Integer> weights) {
      if (scale.granularity() == Granularity.BACKEND) {
        return Effect.perBackend(scale.quantisation(), backends, weights);
      }
      SortedMap<String, Share> totals = new TreeMap<>();
      for (Backend backend : backends) {
        totals.put(
            backend.name(),
            Share.of(
                (long) weights.getOrDefault(backend.name(), 0) * backend.readyEndpoints().size(),
                1));
      }
      return Distribution.ofWeights(totals);
    }
  }
}
