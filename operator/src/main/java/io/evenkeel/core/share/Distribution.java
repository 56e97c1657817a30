package io.evenkeel.core.share;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Which share of the requests each key gets. The shares sum to exactly one, or there are none at
 * all. Sorted by key, so that equal distributions print and compare equal.
 */
public record Distribution<K extends Comparable<? super K>>(SortedMap<K, Share> shares) {
  /**
   * @throws IllegalArgumentException when the shares of a non-empty distribution do not sum to one
   */
  public Distribution {
    shares = Collections.unmodifiableSortedMap(new TreeMap<>(shares));
    Share sum = shares.values().stream().reduce(Share.ZERO, Share::plus);
    if (!shares.isEmpty() && !sum.equals(Share.ONE)) {
      throw new IllegalArgumentException("shares sum to " + sum + ", not to 1");
    }
  }

  public static <K extends Comparable<? super K>> Distribution<K> none() {
    return new Distribution<K>(new TreeMap<K, Share>());
  }

  /** Normalises weights; all zero or no weights at all give {@link #none()}. */
  public static <K extends Comparable<? super K>> Distribution<K> ofWeights(Map<K, Share> weights) {
    Share sum = weights.values().stream().reduce(Share.ZERO, Share::plus);
    if (sum.isZero()) {
      return none();
    }
    SortedMap<K, Share> shares = new TreeMap<>();
    weights.forEach((key, weight) -> shares.put(key, weight.dividedBy(sum)));
    return new Distribution<>(shares);
  }

  public static <K extends Comparable<? super K>> Distribution<K> ofCounts(
      Map<K, ? extends Number> counts) {
    SortedMap<K, Share> weights = new TreeMap<>();
    counts.forEach((key, count) -> weights.put(key, Share.of(count.longValue(), 1)));
    return ofWeights(weights);
  }

  public boolean isNone() {
    return shares.isEmpty();
  }

  /** The share of a key; zero for a key that is not in it. */
  public Share share(K key) {
    return shares.getOrDefault(key, Share.ZERO);
  }

  /** Sums the shares of the keys that map to the same coarser key. */
  public <L extends Comparable<? super L>> Distribution<L> by(Function<K, L> coarser) {
    SortedMap<L, Share> sums = new TreeMap<>();
    shares.forEach((key, share) -> sums.merge(coarser.apply(key), share, Share::plus));
    return new Distribution<>(sums);
  }

  /**
   * The largest |this − reference| / reference over all keys; a key that the reference does not
   * have counts its share against the reference's smallest non-zero one, so that traffic to a
   * stranger is never zero deviation.
   */
  public Share deviationFrom(Distribution<K> reference) {
    Share smallest =
        reference.shares.values().stream()
            .filter(share -> !share.isZero())
            .min(Comparator.naturalOrder())
            .orElse(Share.ONE);
    Set<K> keys = new TreeSet<>(shares.keySet());
    keys.addAll(reference.shares.keySet());
    return keys.stream()
        .map(key -> {
          Share wanted = reference.share(key);
          return share(key).distanceTo(wanted).dividedBy(wanted.isZero() ? smallest : wanted);
        })
        .max(Comparator.naturalOrder())
        .orElse(Share.ZERO);
  }
}
