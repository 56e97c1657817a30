package io.evenkeel.probe.envoy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.core.read.LiveView.Gap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** What is kept of Envoy's answers: only what concerns the targets. */
final class EnvoyModel {
  private EnvoyModel() {}

  /** Why weights do not decide. */
  record Why(String reason, String message) {}

  /** What a route does with a request. */
  sealed interface Action {
    /** Weights by cluster. */
    record ToClusters(SortedMap<String, Long> weights) implements Action {}

    record Redirect() implements Action {}

    /** Something that weights do not decide. */
    record Undecided(Why why) implements Action {}
  }

  /**
   * A route that belongs to a target.
   *
   * @param config the name of the route configuration, by which listeners refer to it
   * @param filters what the route says about HTTP filters by name: on or off
   */
  record Route(
      String config,
      String version,
      List<String> domains,
      PathMatch match,
      Action action,
      Map<String, Boolean> filters) {}

  /**
   * A session-affinity filter of a listener.
   *
   * @param config the route configuration of its connection manager, empty when it cannot be told
   */
  record Affinity(Optional<String> config, String filter, boolean on) {}

  /**
   * A cluster's way to choose an endpoint.
   *
   * @param localityWeighted whether locality weights count
   * @param zoneAware whether it was asked for, or is left to Envoy's default (which needs a local
   *     cluster)
   * @param weightless whether endpoint weights are ignored
   * @param panicPercent healthy share below which Envoy ignores health
   */
  record Cluster(
      String name,
      Optional<Why> why,
      boolean localityWeighted,
      Zones zoneAware,
      boolean weightless,
      int panicPercent) {
    enum Zones {
      EXPLICIT,
      BY_DEFAULT,
      OFF
    }
  }

  record Locality(String region, String zone, String subZone, int priority) {}

  /** Locality weights and overprovisioning of one cluster. */
  record Localities(Map<Locality, Long> weights, int overprovisioningPercent) {
    static final Localities NONE = new Localities(Map.of(), 140);
  }

  enum Health {
    HEALTHY,
    DEGRADED,
    UNHEALTHY
  }

  /**
   * @param draining taken out by whoever configures Envoy (EDS), not by what Envoy finds
   * @param gap why it gets less than its weight, if it does
   */
  record Host(
      Optional<Address> address,
      long weight,
      Locality locality,
      Health health,
      boolean draining,
      Optional<Gap> gap,
      long requests) {}

  /** Everything that was read for a set of targets. */
  record Picture(
      List<Route> routes,
      Set<Affinity> affinities,
      Map<String, Cluster> clusters,
      Map<String, Localities> localities,
      Map<String, List<Host>> hosts,
      boolean localCluster,
      String incarnation) {}
}
