package io.evenkeel.demo;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Arithmetic on shares per address. */
final class Shares {
  /**
   * How far a share may be from the desired one, relative to it: the tolerance that pools have by
   * default.
   */
  private static final double TOLERANCE = 0.02;

  /** Who gets the requests for which a proxy has no route. */
  static final String NOBODY = "nobody (404)";

  private Shares() {}

  static Map<String, Double> equal(Collection<String> addresses) {
    Map<String, Double> shares = new TreeMap<>();
    addresses.forEach(address -> shares.put(address, 1.0 / addresses.size()));
    return shares;
  }

  /** Addresses of weight 0 get no share and no entry; all of weight 0 is nothing. */
  static Map<String, Double> proportional(Map<String, Integer> weights) {
    double sum = weights.values().stream().mapToInt(Integer::intValue).sum();
    Map<String, Double> shares = new TreeMap<>();
    weights.forEach((address, weight) -> {
      if (weight > 0) {
        shares.put(address, weight / sum);
      }
    });
    return shares;
  }

  /**
   * The largest relative distance of a share from the desired one; a stranger's share counts in
   * full.
   */
  static double deviation(Map<String, Double> shares, Map<String, Double> desired) {
    Set<String> addresses = new HashSet<>(shares.keySet());
    addresses.addAll(desired.keySet());
    double largest = 0;
    for (String address : addresses) {
      double want = desired.getOrDefault(address, 0.0);
      double distance = Math.abs(shares.getOrDefault(address, 0.0) - want);
      largest = Math.max(largest, want == 0 ? distance * addresses.size() : distance / want);
    }
    return largest;
  }

  static boolean known(Map<String, Map<String, Double>> perProxy) {
    return !perProxy.isEmpty() && perProxy.values().stream().noneMatch(Map::isEmpty);
  }

  /** Every proxy is known and even. */
  static boolean even(Map<String, Map<String, Double>> perProxy, Map<String, Double> desired) {
    return known(perProxy)
        && perProxy.values().stream().allMatch(s -> deviation(s, desired) <= TOLERANCE);
  }

  /** Whether they became even in time. */
  static boolean await(Proxies proxies, Map<String, Double> desired, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!even(proxies.shares(), desired)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return true;
  }

  /** The shares of the proxy that is furthest from the desired ones. */
  static Map<String, Double> furthest(
      Map<String, Map<String, Double>> perProxy, Map<String, Double> desired) {
    return perProxy.values().stream()
        .max(Comparator.comparingDouble(s -> deviation(s, desired)))
        .orElse(Map.of());
  }
}
