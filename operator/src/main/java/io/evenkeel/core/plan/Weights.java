package io.evenkeel.core.plan;

import io.evenkeel.core.pool.EndpointId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** The integer weights to write: per backend, or per endpoint. Never all zero, never negative. */
public sealed interface Weights {
  record PerBackend(SortedMap<String, Integer> weights) implements Weights {
    public PerBackend {
      weights = checked(weights);
    }
  }

  record PerEndpoint(SortedMap<EndpointId, Integer> weights) implements Weights {
    public PerEndpoint {
      weights = checked(weights);
    }
  }

  /** Per backend; of weights per endpoint the sums. */
  default SortedMap<String, Integer> perBackend() {
    return switch (this) {
      case PerBackend(SortedMap<String, Integer> weights) -> weights;
      case PerEndpoint(SortedMap<EndpointId, Integer> weights) -> {
        SortedMap<String, Integer> sums = new TreeMap<>();
        weights.forEach((id, weight) -> sums.merge(id.backend(), weight, Integer::sum));
        yield sums;
      }
    };
  }

  private static <K extends Comparable<? super K>> SortedMap<K, Integer> checked(
      SortedMap<K, Integer> weights) {
    if (weights.values().stream().anyMatch(weight -> weight < 0)
        || weights.values().stream().allMatch(weight -> weight == 0)) {
      throw new IllegalArgumentException(
          "weights must not be negative and not all zero: " + weights);
    }
    return Collections.unmodifiableSortedMap(new TreeMap<>(weights));
  }
}
