package io.evenkeel.probe.envoy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget.HttpRoute;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.LiveView.Gap;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import io.evenkeel.probe.envoy.EnvoyModel.Action;
import io.evenkeel.probe.envoy.EnvoyModel.Affinity;
import io.evenkeel.probe.envoy.EnvoyModel.Cluster;
import io.evenkeel.probe.envoy.EnvoyModel.Host;
import io.evenkeel.probe.envoy.EnvoyModel.Localities;
import io.evenkeel.probe.envoy.EnvoyModel.Picture;
import io.evenkeel.probe.envoy.EnvoyModel.Route;
import io.evenkeel.probe.envoy.EnvoyModel.Why;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** From what was read to what is known of one target. Pure. */
record TargetReader(Picture picture, Instant at) {

  Reading<LiveView> read(HttpRoute target) {
    List<Route> routes =
        picture.routes().stream()
            .filter(route ->
                target.matches().stream().anyMatch(match -> RouteMatching.is(route, match)))
            .toList();
    Optional<String> missing = missing(target, routes);
    if (missing.isPresent()) {
      return new Reading.Unknown<>("RouteMissing", "the proxy has no route for " + missing.get());
    }
    // A listener that only redirects (to HTTPS) takes nothing away from the others.
    List<Route> forwarding =
        routes.stream().filter(route -> !(route.action() instanceof Action.Redirect)).toList();
    if (forwarding.isEmpty()) {
      return new Reading.Unknown<>("NotForwarded", "the route only redirects");
    }
    List<LiveView> views = new ArrayList<>();
    for (Route route : forwarding) {
      Optional<Why> why = why(route);
      if (why.isPresent()) {
        return new Reading.Unknown<>(why.get().reason(), why.get().message());
      }
      views.add(view(route));
    }
    for (int i = 1; i < views.size(); i++) {
      if (!views.get(i).configured().equals(views.getFirst().configured())) {
        return new Reading.Unknown<>(
            "RoutesDisagree",
            "the proxy divides %s otherwise than %s, and both are routes of the pool"
                .formatted(name(forwarding.get(i)), name(forwarding.getFirst())));
      }
    }
    return new Reading.Known<>(combine(forwarding, views), at);
  }

  private static String name(Route route) {
    return "%s%s of %s"
        .formatted(route.domains().getFirst(), route.match().value(), route.config());
  }

  /** The first hostname and path, in the order of the alphabet, that no route has. */
  private static Optional<String> missing(HttpRoute target, List<Route> routes) {
    return target.matches().stream()
        .filter(match -> routes.stream().noneMatch(route -> RouteMatching.is(route, match)))
        .map(match -> (match.hostname() + " path " + match.path().value()).strip())
        .min(Comparator.naturalOrder());
  }

  private Optional<Why> why(Route route) {
    return switch (route.action()) {
      case Action.Undecided(Why why) -> Optional.of(why);
      case Action.Redirect() -> Optional.empty();
      case Action.ToClusters(SortedMap<String, Long> weights) -> {
        for (Affinity affinity : picture.affinities()) {
          boolean mine = affinity.config().map(route.config()::equals).orElse(true);
          if (mine && route.filters().getOrDefault(affinity.filter(), affinity.on())) {
            yield Optional.of(
                new Why("SessionAffinity", "a filter keeps sessions on their endpoint"));
          }
        }
        yield weights.entrySet().stream()
            .filter(entry -> entry.getValue() > 0)
            .map(entry -> why(entry.getKey()))
            .flatMap(Optional::stream)
            .findFirst();
      }
    };
  }

  private Optional<Why> why(String name) {
    Cluster cluster = picture.clusters().get(name);
    if (cluster == null) {
      return Optional.of(
          new Why("ClusterMissing", "the proxy has no cluster " + name + ": its share fails"));
    }
    List<Host> hosts = picture.hosts().getOrDefault(name, List.of());
    Optional<Why> why = ClusterShares.why(cluster, hosts, picture.localCluster());
    if (why.isEmpty() && shares(name).configured().isNone()) {
      why = Optional.of(new Why("NoWeight", "no endpoint of it has a weight"));
    }
    return why.map(w -> new Why(w.reason(), "cluster " + name + ": " + w.message()));
  }

  private ClusterShares shares(String name) {
    Cluster cluster = picture.clusters().get(name);
    if (cluster == null) {
      throw new IllegalStateException("no cluster " + name);
    }
    return ClusterShares.of(
        cluster,
        picture.hosts().getOrDefault(name, List.of()),
        picture.localities().getOrDefault(name, Localities.NONE));
  }

  private LiveView view(Route route) {
    SortedMap<String, Long> weights =
        route.action() instanceof Action.ToClusters(SortedMap<String, Long> w)
            ? w
            : new TreeMap<>();
    SortedMap<Address, Share> configured = new TreeMap<>();
    SortedMap<Address, Share> effective = new TreeMap<>();
    SortedMap<Address, Gap> gaps = new TreeMap<>();
    weights.forEach((name, weight) -> {
      if (weight == 0) {
        // Kept in the view at zero, so that a drained backend is seen to be drained.
        for (Host host : picture.hosts().getOrDefault(name, List.of())) {
          host.address().ifPresent(a -> configured.merge(a, Share.ZERO, Share::plus));
        }
        return;
      }
      ClusterShares shares = shares(name);
      add(configured, shares.configured(), weight);
      add(effective, shares.effective(), weight);
      gaps.putAll(shares.gaps());
    });
    configured.keySet().forEach(address -> effective.putIfAbsent(address, Share.ZERO));
    return new LiveView(
        Distribution.ofWeights(configured),
        Distribution.ofWeights(effective),
        gaps,
        requests(weights.keySet()),
        picture.incarnation(),
        route.version());
  }

  private static void add(
      SortedMap<Address, Share> sum, Distribution<Address> shares, long weight) {
    shares
        .shares()
        .forEach((a, share) -> sum.merge(a, share.times(Share.of(weight, 1)), Share::plus));
  }

  private SortedMap<Address, Long> requests(Set<String> clusters) {
    SortedMap<Address, Long> requests = new TreeMap<>();
    for (String cluster : clusters) {
      for (Host host : picture.hosts().getOrDefault(cluster, List.of())) {
        host.address().ifPresent(a -> requests.merge(a, host.requests(), Long::sum));
      }
    }
    return requests;
  }

  /**
   * Routes that agree are one; where only their health differs the effective shares are averaged.
   */
  private LiveView combine(List<Route> routes, List<LiveView> views) {
    SortedMap<Address, Share> effective = new TreeMap<>();
    SortedMap<Address, Gap> gaps = new TreeMap<>();
    Set<String> clusters = new TreeSet<>();
    for (LiveView view : views) {
      add(effective, view.effective(), 1);
      gaps.putAll(view.gaps());
    }
    for (Route route : routes) {
      if (route.action() instanceof Action.ToClusters(SortedMap<String, Long> weights)) {
        clusters.addAll(weights.keySet());
      }
    }
    String versions =
        routes.stream().map(Route::version).distinct().sorted().collect(Collectors.joining(","));
    return new LiveView(
        views.getFirst().configured(),
        Distribution.ofWeights(effective),
        gaps,
        requests(clusters),
        picture.incarnation(),
        versions);
  }

  /** The clusters that any of the routes sends to. */
  static Set<String> clusters(List<Route> routes) {
    return routes.stream()
        .map(Route::action)
        .filter(Action.ToClusters.class::isInstance)
        .map(Action.ToClusters.class::cast)
        .map(Action.ToClusters::weights)
        .map(Map::keySet)
        .flatMap(Set::stream)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
