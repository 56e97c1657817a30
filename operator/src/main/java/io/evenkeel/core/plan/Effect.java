package io.evenkeel.core.plan;

import io.evenkeel.core.plan.Scale.Quantisation;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an implementation really does with weights: the rounding models of docs/quantisation.md. The
 * order of the backends is the order in which they are written, because some implementations give
 * what rounding leaves over to the last one.
 */
public final class Effect {
  private static final int HUNDREDTHS = 10_000;
  private static final int PERCENTS = 100;

  private Effect() {}

  /**
   * The share of each backend by weights per backend. A weight on a backend without a ready
   * endpoint counts: its share of the requests is lost. A backend that has no entry has weight 0.
   */
  public static Distribution<String> perBackend(
      Quantisation quantisation, List<Backend> backends, Map<String, Integer> weights) {
    SortedMap<String, Integer> ready = new TreeMap<>();
    if (quantisation == Quantisation.INTEGER_PER_ENDPOINT) {
      backends.forEach(backend -> ready.put(backend.name(), backend.readyEndpoints().size()));
    }
    List<String> names = backends.stream().map(Backend::name).toList();
    return Distribution.ofCounts(counts(quantisation, names, ready, weights));
  }

  /**
   * The same as integers in proportion to the shares; all zero when every weight is.
   *
   * @param names the backends in the order in which they are written
   * @param ready how many endpoints each has; looked at where weights are divided by them only
   */
  static Map<String, Long> counts(
      Quantisation quantisation,
      List<String> names,
      Map<String, Integer> ready,
      Map<String, Integer> weights) {
    Map<String, Long> raw = new HashMap<>();
    long sum = 0;
    for (String name : names) {
      long weight = weights.getOrDefault(name, 0);
      raw.put(name, weight);
      sum += weight;
    }
    if (sum == 0) {
      return raw;
    }
    return switch (quantisation) {
      case EXACT -> raw;
      case FLOOR_HUNDREDTH_PERCENT -> floorAndRestToLast(names, raw, sum);
      case INTEGER_PER_ENDPOINT -> {
        raw.replaceAll((name, weight) -> dividedByEndpoints(weight, ready.getOrDefault(name, 0)));
        yield raw;
      }
      case WHOLE_PERCENT -> {
        Map<String, Long> parts = new HashMap<>();
        Apportion.largestRemainder(Distribution.ofCounts(raw), PERCENTS, false)
            .forEach((name, part) -> parts.put(name, (long) part));
        yield parts;
      }
    };
  }

  /**
   * The share of each ready endpoint by any weights; what a backend without ready endpoints gets is
   * left out, the rest fills the whole. None when no ready endpoint gets anything.
   */
  public static Distribution<EndpointId> perEndpoint(
      Quantisation quantisation, List<Backend> backends, Weights weights) {
    SortedMap<EndpointId, Share> raw = new TreeMap<>();
    switch (weights) {
      case Weights.PerBackend(SortedMap<String, Integer> values) ->
          raw.putAll(spread(backends, perBackend(quantisation, backends, values)));
      case Weights.PerEndpoint(SortedMap<EndpointId, Integer> values) -> {
        for (Backend backend : backends) {
          for (Endpoint endpoint : backend.readyEndpoints()) {
            raw.put(endpoint.id(), Share.of(values.getOrDefault(endpoint.id(), 0), 1));
          }
        }
      }
    }
    return Distribution.ofWeights(raw);
  }

  /** Each backend's share divided evenly among its ready endpoints. */
  private static SortedMap<EndpointId, Share> spread(
      List<Backend> backends, Distribution<String> shares) {
    SortedMap<EndpointId, Share> raw = new TreeMap<>();
    for (Backend backend : backends) {
      List<Endpoint> ready = backend.readyEndpoints();
      for (Endpoint endpoint : ready) {
        raw.put(endpoint.id(), shares.share(backend.name()).dividedBy(Share.of(ready.size(), 1)));
      }
    }
    return raw;
  }

  private static Map<String, Long> floorAndRestToLast(
      List<String> names, Map<String, Long> weights, long sum) {
    Map<String, Long> parts = new HashMap<>();
    long rest = HUNDREDTHS;
    for (String name : names.subList(0, names.size() - 1)) {
      long part = weights.getOrDefault(name, 0L) * HUNDREDTHS / sum;
      parts.put(name, part);
      rest -= part;
    }
    parts.put(names.getLast(), rest);
    return parts;
  }

  private static long dividedByEndpoints(long weight, int endpoints) {
    return weight > 0 && endpoints > 0 ? Math.max(1, weight / endpoints) * endpoints : 0;
  }

  /** Division of a whole into integers. */
  static final class Apportion {
    private Apportion() {}

    static int floor(Share share, int total) {
      Share scaled = share.times(Share.of(total, 1));
      return scaled.numerator().divide(scaled.denominator()).intValueExact();
    }

    /**
     * Integers that sum to {@code total} and follow the shares: floors first, what is left over to
     * the largest remainders, ties to the later key.
     *
     * @param atLeastOne whether every share above zero gets at least one, taken from the largest
     * @throws IllegalArgumentException when there are more non-zero shares than {@code total}
     */
    static SortedMap<String, Integer> largestRemainder(
        Distribution<String> shares, int total, boolean atLeastOne) {
      if (atLeastOne
          && shares.shares().values().stream().filter(share -> !share.isZero()).count() > total) {
        throw new IllegalArgumentException("too many shares for a total of " + total);
      }
      SortedMap<String, Integer> parts = new TreeMap<>();
      shares
          .shares()
          .forEach((key, share) -> {
            int part = floor(share, total);
            parts.put(key, atLeastOne && !share.isZero() ? Math.max(1, part) : part);
          });
      Comparator<String> byRemainder =
          Comparator.comparing((String key) ->
              shares
                  .share(key)
                  .times(Share.of(total, 1))
                  .distanceTo(Share.of(floor(shares.share(key), total), 1)));
      List<String> keys =
          shares.shares().keySet().stream()
              .sorted(byRemainder.reversed().thenComparing(Comparator.reverseOrder()))
              .toList();
      int left = total - parts.values().stream().mapToInt(Integer::intValue).sum();
      for (int i = 0; left > 0; i++, left--) {
        parts.merge(keys.get(i % keys.size()), 1, Integer::sum);
      }
      for (; left < 0; left++) {
        String largest =
            parts.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue())
                .orElseThrow()
                .getKey();
        parts.merge(largest, -1, Integer::sum);
      }
      return parts;
    }
  }
}
