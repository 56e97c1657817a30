package io.evenkeel.probe.envoy;

import io.evenkeel.core.share.Share;
import io.evenkeel.probe.envoy.EnvoyModel.Health;
import io.evenkeel.probe.envoy.EnvoyModel.Host;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How Envoy spreads requests over priority levels: each level takes what its healthy hosts ×
 * overprovisioning can carry, the rest overflows to the next; degraded hosts come after all healthy
 * ones; a level with too few usable hosts panics when the whole cannot carry everything. After
 * Envoy's documentation of priority levels, degraded endpoints and panic threshold.
 *
 * @param healthyPercent by level, share of the requests for healthy hosts
 * @param degradedPercent by level, share of the requests for degraded hosts
 * @param panic the levels in which health is ignored
 */
record PriorityLoads(
    Map<Integer, Share> healthyPercent, Map<Integer, Share> degradedPercent, Set<Integer> panic) {

  static PriorityLoads of(
      SortedMap<Integer, List<Host>> levels, int overprovisioning, int panicPercent) {
    SortedMap<Integer, Long> healthy = new TreeMap<>();
    SortedMap<Integer, Long> degraded = new TreeMap<>();
    levels.forEach((priority, hosts) -> {
      healthy.put(priority, carries(hosts, Health.HEALTHY, overprovisioning));
      degraded.put(priority, carries(hosts, Health.DEGRADED, overprovisioning));
    });
    long total = Math.min(100, sum(healthy) + sum(degraded));
    Set<Integer> panic = new HashSet<>();
    if (total < 100) {
      levels.forEach((priority, hosts) -> {
        long usable = hosts.stream().filter(h -> h.health() != Health.UNHEALTHY).count();
        if (usable * 100 < (long) panicPercent * hosts.size()) {
          panic.add(priority);
        }
      });
    }
    if (panic.size() == levels.size()) {
      long all = levels.values().stream().mapToLong(List::size).sum();
      Map<Integer, Share> bySize = new TreeMap<>();
      levels.forEach((priority, hosts) -> bySize.put(priority, Share.of(hosts.size(), all)));
      return new PriorityLoads(bySize, Map.of(), panic);
    }
    if (total == 0) {
      return new PriorityLoads(Map.of(), Map.of(), panic);
    }
    long[] left = {100};
    return new PriorityLoads(fill(healthy, total, left), fill(degraded, total, left), panic);
  }

  Share healthy(int priority) {
    return healthyPercent.getOrDefault(priority, Share.ZERO);
  }

  Share degraded(int priority) {
    return degradedPercent.getOrDefault(priority, Share.ZERO);
  }

  private static long carries(List<Host> hosts, Health health, int overprovisioning) {
    long such = hosts.stream().filter(host -> host.health() == health).count();
    return Math.min(100, such * overprovisioning / hosts.size());
  }

  private static Map<Integer, Share> fill(
      SortedMap<Integer, Long> carries, long total, long[] left) {
    Map<Integer, Share> loads = new TreeMap<>();
    carries.forEach((priority, percent) -> {
      long load = Math.min(left[0], percent * 100 / total);
      left[0] -= load;
      loads.put(priority, Share.of(load, 100));
    });
    return loads;
  }

  private static long sum(Map<Integer, Long> percents) {
    return percents.values().stream().mapToLong(Long::longValue).sum();
  }
}
