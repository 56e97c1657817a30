package io.evenkeel.probe.envoy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveView.Gap;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import io.evenkeel.probe.envoy.EnvoyModel.Cluster;
import io.evenkeel.probe.envoy.EnvoyModel.Health;
import io.evenkeel.probe.envoy.EnvoyModel.Host;
import io.evenkeel.probe.envoy.EnvoyModel.Localities;
import io.evenkeel.probe.envoy.EnvoyModel.Locality;
import io.evenkeel.probe.envoy.EnvoyModel.Why;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The shares within one cluster.
 *
 * @param configured locality weight (where it counts) × endpoint weight, whatever the health or
 *     priority; nothing for a host that the configuration itself drains
 * @param effective after health, panic and priorities, by the formulas of Envoy's load balancer
 */
record ClusterShares(
    Distribution<Address> configured,
    Distribution<Address> effective,
    SortedMap<Address, Gap> gaps) {

  /** Why the cluster's weights do not decide, whatever its policy says; empty when they do. */
  static Optional<Why> why(Cluster cluster, List<Host> hosts, boolean localCluster) {
    if (cluster.why().isPresent()) {
      return cluster.why();
    }
    if (hosts.isEmpty()) {
      return why("NoEndpoints", "it has no endpoints: its share of the requests fails");
    }
    if (hosts.stream().anyMatch(host -> host.address().isEmpty())) {
      return why("UnknownAddress", "an endpoint is not an IP address and port");
    }
    if (cluster.weightless() && hosts.stream().map(Host::weight).distinct().count() > 1) {
      return why("WeightsIgnored", "its policy ignores the endpoints' weights, which differ");
    }
    boolean zones =
        switch (cluster.zoneAware()) {
          case EXPLICIT -> true;
          case BY_DEFAULT -> localCluster;
          case OFF -> false;
        };
    boolean several =
        hosts.stream()
            .collect(
                Collectors.groupingBy(
                    host -> host.locality().priority(),
                    Collectors.mapping(Host::locality, Collectors.toSet())))
            .values()
            .stream()
            .anyMatch(localities -> localities.size() > 1);
    return zones && several
        ? why("ZoneAware", "Envoy prefers endpoints of its own zone")
        : Optional.empty();
  }

  private static Optional<Why> why(String reason, String message) {
    return Optional.of(new Why(reason, message));
  }

  /** To be asked only when {@link #why} is empty. */
  static ClusterShares of(Cluster cluster, List<Host> hosts, Localities localities) {
    Map<Locality, Long> weights = cluster.localityWeighted() ? localities.weights() : Map.of();
    SortedMap<Address, Share> configuredWeights =
        weigh(inService(hosts), cluster.localityWeighted(), weights, Map.of());
    hosts.forEach(host -> configuredWeights.putIfAbsent(host.address().orElseThrow(), Share.ZERO));
    Distribution<Address> configured = Distribution.ofWeights(configuredWeights);
    Distribution<Address> effective = effective(cluster, hosts, localities, weights);
    SortedMap<Address, Gap> gaps = new TreeMap<>();
    for (Host host : hosts) {
      Address address = host.address().orElseThrow();
      if (effective.share(address).compareTo(configured.share(address)) < 0) {
        host.gap()
            .or(() -> host.locality().priority() > 0 ? Optional.of(Gap.PRIORITY) : Optional.empty())
            .ifPresent(gap -> gaps.put(address, gap));
      }
    }
    return new ClusterShares(configured, effective, gaps);
  }

  /**
   * Without those that the configuration drains: their part goes to the rest of their cluster.
   * Where it drains all of them they still have the cluster's part, for nobody else could.
   */
  private static List<Host> inService(List<Host> hosts) {
    List<Host> inService = hosts.stream().filter(host -> !host.draining()).toList();
    return inService.isEmpty() ? hosts : inService;
  }

  /**
   * Endpoint weights, or locality weight × endpoint weight within the locality; availability scales
   * localities.
   */
  private static SortedMap<Address, Share> weigh(
      List<Host> hosts,
      boolean byLocality,
      Map<Locality, Long> localityWeights,
      Map<Locality, Share> availability) {
    Map<Locality, Long> sums =
        hosts.stream()
            .collect(Collectors.groupingBy(Host::locality, Collectors.summingLong(Host::weight)));
    SortedMap<Address, Share> shares = new TreeMap<>();
    for (Host host : hosts) {
      Share weight = Share.of(host.weight(), 1);
      if (byLocality) {
        long sum = sums.getOrDefault(host.locality(), 0L);
        weight =
            sum == 0
                ? Share.ZERO
                : Share.of(host.weight(), sum)
                    .times(Share.of(localityWeights.getOrDefault(host.locality(), 0L), 1))
                    .times(availability.getOrDefault(host.locality(), Share.ONE));
      }
      shares.merge(host.address().orElseThrow(), weight, Share::plus);
    }
    return shares;
  }

  private static Distribution<Address> effective(
      Cluster cluster, List<Host> hosts, Localities localities, Map<Locality, Long> weights) {
    int overprovisioning = localities.overprovisioningPercent();
    SortedMap<Integer, List<Host>> levels =
        hosts.stream()
            .collect(
                Collectors.groupingBy(
                    host -> host.locality().priority(), TreeMap::new, Collectors.toList()));
    PriorityLoads loads = PriorityLoads.of(levels, overprovisioning, cluster.panicPercent());
    SortedMap<Address, Share> sum = new TreeMap<>();
    levels.forEach((priority, level) -> {
      if (loads.panic().contains(priority)) {
        // In panic Envoy chooses among all hosts of the level and leaves localities aside.
        Share load = loads.healthy(priority).plus(loads.degraded(priority));
        add(sum, weigh(level, false, Map.of(), Map.of()), load);
        return;
      }
      for (Health health : List.of(Health.HEALTHY, Health.DEGRADED)) {
        List<Host> chosen = level.stream().filter(host -> host.health() == health).toList();
        Share load = health == Health.HEALTHY ? loads.healthy(priority) : loads.degraded(priority);
        Map<Locality, Share> available = availability(level, health, overprovisioning);
        add(sum, weigh(chosen, cluster.localityWeighted(), weights, available), load);
      }
    });
    Set<Address> all = new HashSet<>();
    hosts.forEach(host -> all.add(host.address().orElseThrow()));
    all.forEach(address -> sum.putIfAbsent(address, Share.ZERO));
    return Distribution.ofWeights(sum);
  }

  private static void add(
      SortedMap<Address, Share> sum, SortedMap<Address, Share> weights, Share load) {
    Distribution.ofWeights(weights)
        .shares()
        .forEach((address, share) -> sum.merge(address, share.times(load), Share::plus));
  }

  /**
   * How much of a locality's weight remains: its share of such hosts × overprovisioning, at most
   * one.
   */
  private static Map<Locality, Share> availability(
      List<Host> level, Health health, int overprovisioning) {
    return level.stream().collect(Collectors.groupingBy(Host::locality)).entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry -> {
                  List<Host> all = entry.getValue();
                  long good = all.stream().filter(host -> host.health() == health).count();
                  Share share = Share.of(good * overprovisioning, all.size() * 100L);
                  return share.compareTo(Share.ONE) > 0 ? Share.ONE : share;
                }));
  }
}
