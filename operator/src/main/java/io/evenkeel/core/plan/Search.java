package io.evenkeel.core.plan;

import io.evenkeel.core.plan.Scale.Granularity;
import io.evenkeel.core.plan.Scale.Quantisation;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The search for the smallest good enough integers. Hundreds of candidates may be judged, so
 * everything about one is counted per backend (deviations are the same per backend as per endpoint)
 * and in longs: with capacities up to 1000 and tens of thousands of endpoints no product here
 * passes 10^18.
 */
final class Search {
  /** Up to here every scale is tried, beyond it every twentieth part more. */
  private static final int LINEAR = 512;

  /**
   * A backend to which weight is given.
   *
   * @param ideal the share of what one step of the integer stands for
   * @param step what one step costs on the provider's scale: a weight that is divided by the
   *     endpoints rises by their number
   */
  private record Part(String backend, Share ideal, int step) {}

  /** A deviation as a quotient that is not reduced. */
  private record Off(long part, long whole) implements Comparable<Off> {
    @Override
    public int compareTo(Off other) {
      int high =
          Long.compare(Math.multiplyHigh(part, other.whole), Math.multiplyHigh(other.part, whole));
      return high != 0 ? high : Long.compareUnsigned(part * other.whole, other.part * whole);
    }
  }

  private record Candidate(SortedMap<String, Integer> weights, Off off) {}

  private final Scale scale;
  private final Share tolerance;
  private final Distribution<String> desired;
  private final List<String> names;
  private final Map<String, Integer> ready = new HashMap<>();
  private final List<Part> parts;

  /** The desired shares as integers over {@link #whole}. */
  private final Map<String, Long> wanted = new HashMap<>();

  private final long whole;
  private final long smallestWanted;

  Search(List<Backend> backends, Distribution<EndpointId> desired, Scale scale, Share tolerance) {
    this.scale = scale;
    this.tolerance = tolerance;
    this.desired = desired.by(EndpointId::backend);
    this.names = backends.stream().map(Backend::name).toList();
    backends.forEach(backend -> ready.put(backend.name(), backend.readyEndpoints().size()));
    this.parts = parts();
    BigInteger common = commonDenominator(this.desired.shares().values().stream().toList());
    this.desired
        .shares()
        .forEach((name, share) ->
            wanted.put(
                name,
                share.numerator().multiply(common.divide(share.denominator())).longValueExact()));
    this.whole = common.longValueExact();
    this.smallestWanted =
        wanted.values().stream().filter(share -> share > 0).min(Long::compare).orElse(whole);
  }

  private List<Part> parts() {
    boolean perEndpoint = scale.granularity() == Granularity.ENDPOINT;
    boolean divided = scale.quantisation() == Quantisation.INTEGER_PER_ENDPOINT && !perEndpoint;
    return names.stream()
        .filter(name -> !desired.share(name).isZero())
        .map(name -> {
          int endpoints = ready.getOrDefault(name, 0);
          Share share = desired.share(name);
          return new Part(
              name,
              perEndpoint || divided ? share.dividedBy(Share.of(endpoints, 1)) : share,
              divided ? endpoints : 1);
        })
        .toList();
  }

  private static BigInteger commonDenominator(List<Share> shares) {
    return shares.stream()
        .map(Share::denominator)
        .reduce(BigInteger.ONE, (a, b) -> a.divide(a.gcd(b)).multiply(b));
  }

  /** Weights per backend; per endpoint of it where the scale is per endpoint. */
  SortedMap<String, Integer> best() {
    if (scale.quantisation() == Quantisation.WHOLE_PERCENT) {
      return Effect.Apportion.largestRemainder(desired, 100, true);
    }
    List<SortedMap<String, Integer>> first = new ArrayList<>();
    exact().ifPresent(first::add);
    if (scale.quantisation() == Quantisation.FLOOR_HUNDREDTH_PERCENT && scale.max() >= 10_000) {
      first.add(Effect.Apportion.largestRemainder(desired, 10_000, true));
    }
    return first.stream()
        .map(this::judged)
        .filter(this::tolerated)
        .findFirst()
        .orElseGet(() -> scan(first))
        .weights();
  }

  /** Ideal shares over their greatest common divisor, when the largest fits. */
  private Optional<SortedMap<String, Integer>> exact() {
    BigInteger common = commonDenominator(parts.stream().map(Part::ideal).toList());
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
        alreadyTried.stream().map(this::judged).min(Comparator.comparing(Candidate::off));
    if (best.isPresent() && scale.quantisation() != Quantisation.FLOOR_HUNDREDTH_PERCENT) {
      return best.get(); // exact weights cannot be bettered by smaller ones
    }
    Share largest =
        parts.stream().map(Part::ideal).max(Comparator.naturalOrder()).orElse(Share.ONE);
    List<Share> ratios = parts.stream().map(part -> part.ideal().dividedBy(largest)).toList();
    int top = 1;
    while (true) {
      Candidate candidate = judged(scaledTo(top, ratios));
      if (tolerated(candidate)) {
        return candidate;
      }
      if (best.isEmpty() || candidate.off().compareTo(best.get().off()) < 0) {
        best = Optional.of(candidate);
      }
      if (top == scale.max()) {
        return best.get();
      }
      top = Math.min(scale.max(), top < LINEAR ? top + 1 : top + top / 20);
    }
  }

  /** Integers next to the ideal ones when the largest is {@code top}. */
  private SortedMap<String, Integer> scaledTo(int top, List<Share> ratios) {
    SortedMap<String, Integer> weights = new TreeMap<>();
    for (int i = 0; i < ratios.size(); i++) {
      BigInteger of = ratios.get(i).denominator();
      // floor(ratio × top + 1/2)
      long rounded =
          ratios
              .get(i)
              .numerator()
              .multiply(BigInteger.valueOf(2L * top))
              .add(of)
              .divide(of.multiply(BigInteger.TWO))
              .longValueExact();
      long weight = Math.max(1, rounded) * parts.get(i).step();
      weights.put(parts.get(i).backend(), (int) Math.min(scale.max(), weight));
    }
    return weights;
  }

  private boolean tolerated(Candidate candidate) {
    Share off = Share.of(candidate.off().part(), candidate.off().whole());
    return off.compareTo(tolerance) <= 0;
  }

  private Candidate judged(SortedMap<String, Integer> weights) {
    Map<String, Long> effective = effective(weights);
    long total = effective.values().stream().mapToLong(Long::longValue).sum();
    Off worst = new Off(0, 1);
    for (String name : names) {
      long want = wanted.getOrDefault(name, 0L);
      long distance = Math.abs(effective.getOrDefault(name, 0L) * whole - want * total);
      Off off = new Off(distance, (want == 0 ? smallestWanted : want) * total);
      worst = off.compareTo(worst) > 0 ? off : worst;
    }
    return new Candidate(weights, worst);
  }

  private Map<String, Long> effective(SortedMap<String, Integer> weights) {
    if (scale.granularity() == Granularity.BACKEND) {
      return Effect.counts(scale.quantisation(), names, ready, weights);
    }
    Map<String, Long> totals = new HashMap<>();
    weights.forEach(
        (name, weight) -> totals.put(name, (long) weight * ready.getOrDefault(name, 0)));
    return totals;
  }
}
