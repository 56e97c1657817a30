package io.evenkeel.probe.envoy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget.HostMatch;
import io.evenkeel.core.read.LiveTarget.HttpRoute;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.core.read.LiveView.Gap;
import io.evenkeel.probe.envoy.EnvoyModel.Action;
import io.evenkeel.probe.envoy.EnvoyModel.Affinity;
import io.evenkeel.probe.envoy.EnvoyModel.Cluster;
import io.evenkeel.probe.envoy.EnvoyModel.Health;
import io.evenkeel.probe.envoy.EnvoyModel.Host;
import io.evenkeel.probe.envoy.EnvoyModel.Localities;
import io.evenkeel.probe.envoy.EnvoyModel.Locality;
import io.evenkeel.probe.envoy.EnvoyModel.Route;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Streams Envoy's answers and keeps of them only what concerns the targets. Pure: bytes in, records
 * out.
 */
final class DumpReader {
  private static final Set<String> HEAVY = Set.of("load_assignment", "transport_socket");

  private DumpReader() {}

  /** The routes whose domain and match belong to one of the targets. */
  static List<Route> routes(InputStream dump, Set<HttpRoute> targets) throws IOException {
    List<Route> found = new ArrayList<>();
    AdminJson.each(
        dump,
        "configs",
        element -> {
          String[] version = {""};
          AdminJson.fields(
              element,
              (field, p) -> {
                switch (field) {
                  case "version_info" -> version[0] = AdminJson.text(p);
                  case "route_config" -> routeConfig(p, version[0], targets, found);
                  default -> p.skipChildren();
                }
              });
        });
    return found;
  }

  private static void routeConfig(
      JsonParser parser, String version, Set<HttpRoute> targets, List<Route> found)
      throws IOException {
    String[] name = {""};
    Map<String, Boolean> filters = new HashMap<>();
    List<Route> own = new ArrayList<>();
    AdminJson.fields(
        parser,
        (field, p) -> {
          switch (field) {
            case "name" -> name[0] = AdminJson.text(p);
            case "typed_per_filter_config" ->
                filters.putAll(RouteActions.filters(AdminJson.tree(p, Set.of())));
            case "virtual_hosts" ->
                AdminJson.elements(p, vhost -> own.addAll(virtualHost(vhost, targets)));
            default -> p.skipChildren();
          }
        });
    for (Route route : own) {
      found.add(
          new Route(
              name[0],
              version,
              route.domains(),
              route.match(),
              route.action(),
              overridden(filters, route.filters())));
    }
  }

  private static List<Route> virtualHost(JsonParser parser, Set<HttpRoute> targets)
      throws IOException {
    List<String> domains = new ArrayList<>();
    Map<String, Boolean> filters = new HashMap<>();
    Map<PathMatch, JsonNode> routes = new LinkedHashMap<>();
    boolean[] matcher = {false};
    AdminJson.fields(
        parser,
        (field, p) -> {
          switch (field) {
            case "domains" -> AdminJson.elements(p, d -> domains.add(AdminJson.text(d)));
            case "matcher" -> {
              matcher[0] = true;
              p.skipChildren();
            }
            case "typed_per_filter_config" ->
                filters.putAll(RouteActions.filters(AdminJson.tree(p, Set.of())));
            case "routes" -> {
              // Envoy writes the domains first; an answer that does not is read in full and sifted
              // below.
              Set<PathMatch> wanted = wanted(domains, targets);
              if (wanted.isEmpty()) {
                p.skipChildren();
              } else {
                AdminJson.elements(p, route -> keepFirst(route, wanted, routes));
              }
            }
            default -> p.skipChildren();
          }
        });
    List<Route> found = new ArrayList<>();
    for (PathMatch match : wanted(domains, targets)) {
      JsonNode route = routes.getOrDefault(match, MissingNode.getInstance());
      if (matcher[0]) {
        Action action = RouteActions.undecided("RouteMatcher", "a matcher tree chooses the route");
        found.add(new Route("", "", domains, match, action, Map.of()));
      } else if (!route.isMissingNode()) {
        Map<String, Boolean> all =
            overridden(filters, RouteActions.filters(route.path("typed_per_filter_config")));
        for (JsonNode cluster : route.path("route").path("weighted_clusters").path("clusters")) {
          all = either(all, RouteActions.filters(cluster.path("typed_per_filter_config")));
        }
        found.add(new Route("", "", domains, match, RouteActions.action(route), all));
      }
    }
    return found;
  }

  /**
   * The first route with a match wins in Envoy; a later one with the same match is never reached.
   */
  private static void keepFirst(
      JsonParser parser, Set<PathMatch> wanted, Map<PathMatch, JsonNode> routes)
      throws IOException {
    JsonNode route = AdminJson.tree(parser, Set.of());
    RouteMatching.find(route.path("match"), wanted)
        .ifPresent(match -> routes.putIfAbsent(match, route));
  }

  private static Set<PathMatch> wanted(List<String> domains, Set<HttpRoute> targets) {
    Set<PathMatch> wanted = new HashSet<>();
    for (HttpRoute target : targets) {
      for (HostMatch match : target.matches()) {
        if (domains.isEmpty() || RouteMatching.domain(domains, match.hostname())) {
          wanted.add(match.path());
        }
      }
    }
    return wanted;
  }

  private static Map<String, Boolean> overridden(
      Map<String, Boolean> outer, Map<String, Boolean> inner) {
    Map<String, Boolean> all = new HashMap<>(outer);
    all.putAll(inner);
    return all;
  }

  private static Map<String, Boolean> either(Map<String, Boolean> one, Map<String, Boolean> other) {
    Map<String, Boolean> all = new HashMap<>(one);
    other.forEach((name, on) -> all.merge(name, on, Boolean::logicalOr));
    return all;
  }

  /** The session-affinity filters of all active listeners. */
  static Set<Affinity> affinities(InputStream dump) throws IOException {
    Set<Affinity> found = new HashSet<>();
    AdminJson.each(dump, "configs", element -> listener(element, found));
    return found;
  }

  private static void listener(JsonParser parser, Set<Affinity> found) throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      AdminJson.elements(parser, element -> listener(element, found));
      return;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return;
    }
    AdminJson.fields(
        parser,
        (field, p) -> {
          switch (field) {
            case "active_state", "listener", "filter_chains", "default_filter_chain", "filters" ->
                listener(p, found);
            case "typed_config" -> {
              if (p.currentToken() == JsonToken.START_OBJECT) {
                connectionManager(p, found);
              }
            }
            default -> p.skipChildren();
          }
        });
  }

  private static void connectionManager(JsonParser parser, Set<Affinity> found) throws IOException {
    List<Optional<String>> config = new ArrayList<>();
    Map<String, Boolean> filters = new HashMap<>();
    AdminJson.fields(
        parser,
        (field, p) -> {
          switch (field) {
            case "rds" ->
                config.add(
                    Optional.of(
                        AdminJson.tree(p, Set.of("config_source"))
                            .path("route_config_name")
                            .asText("")));
            case "route_config" -> {
              String[] name = {""};
              AdminJson.fields(
                  p,
                  (inner, q) -> {
                    if (inner.equals("name")) {
                      name[0] = AdminJson.text(q);
                    } else {
                      q.skipChildren();
                    }
                  });
              config.add(Optional.of(name[0]));
            }
            case "http_filters" ->
                AdminJson.elements(
                    p,
                    element -> {
                      JsonNode filter = AdminJson.tree(element, Set.of());
                      JsonNode typed = filter.path("typed_config");
                      if (typed.path("@type").asText("").contains(".stateful_session.")) {
                        filters.put(
                            filter.path("name").asText(""),
                            typed.has("session_state") && !filter.path("disabled").asBoolean());
                      }
                    });
            default -> p.skipChildren();
          }
        });
    Optional<String> name = config.isEmpty() ? Optional.empty() : config.getFirst();
    filters.forEach((filter, on) -> found.add(new Affinity(name, filter, on)));
  }

  /** The wanted clusters' policies; endpoints and TLS settings are skipped, not read. */
  static Map<String, Cluster> clusters(InputStream dump, Set<String> wanted) throws IOException {
    Map<String, Cluster> found = new TreeMap<>();
    eachConfig(
        dump,
        "cluster",
        HEAVY,
        config -> {
          Cluster cluster = ClusterPolicies.cluster(config);
          if (wanted.contains(cluster.name())) {
            found.put(cluster.name(), cluster);
          }
        });
    return found;
  }

  /** The wanted clusters' locality weights. */
  static Map<String, Localities> localities(InputStream dump, Set<String> wanted)
      throws IOException {
    Map<String, Localities> found = new TreeMap<>();
    eachConfig(
        dump,
        "endpoint_config",
        Set.of("lb_endpoints"),
        config -> {
          String name = config.path("cluster_name").asText("");
          if (wanted.contains(name)) {
            found.put(name, localities(config));
          }
        });
    return found;
  }

  private static Localities localities(JsonNode config) throws IOException {
    Map<Locality, Long> weights = new HashMap<>();
    for (JsonNode group : config.path("endpoints")) {
      weights.put(
          locality(group.path("locality"), group.path("priority")),
          AdminJson.number(group.path("load_balancing_weight"), 0));
    }
    long factor = AdminJson.number(config.path("policy").path("overprovisioning_factor"), 140);
    return new Localities(weights, (int) Math.clamp(factor, 100, 10_000));
  }

  private interface ConfigReader {
    void read(JsonNode config) throws IOException;
  }

  /** Reads one field of each element of a dump, without those parts of it that are large. */
  private static void eachConfig(
      InputStream dump, String name, Set<String> without, ConfigReader reader) throws IOException {
    AdminJson.each(
        dump,
        "configs",
        element ->
            AdminJson.fields(
                element,
                (field, p) -> {
                  if (field.equals(name)) {
                    reader.read(AdminJson.tree(p, without));
                  } else {
                    p.skipChildren();
                  }
                }));
  }

  /** The wanted clusters' hosts as the load balancer has them, resolved names included. */
  static Map<String, List<Host>> hosts(InputStream clusters, Set<String> wanted)
      throws IOException {
    Map<String, List<Host>> found = new TreeMap<>();
    AdminJson.each(
        clusters,
        "cluster_statuses",
        element -> {
          String[] name = {""};
          List<Host> hosts = new ArrayList<>();
          AdminJson.fields(
              element,
              (field, p) -> {
                switch (field) {
                  case "name" -> name[0] = AdminJson.text(p);
                  case "host_statuses" -> {
                    if (!name[0].isEmpty() && !wanted.contains(name[0])) {
                      p.skipChildren();
                    } else {
                      AdminJson.elements(p, h -> hosts.add(host(AdminJson.tree(h, Set.of()))));
                    }
                  }
                  default -> p.skipChildren();
                }
              });
          if (wanted.contains(name[0])) {
            found.put(name[0], hosts);
          }
        });
    return found;
  }

  private static Host host(JsonNode host) throws IOException {
    long requests = 0;
    for (JsonNode stat : host.path("stats")) {
      if (stat.path("name").asText().equals("rq_total")) {
        requests = AdminJson.number(stat.path("value"), 0);
      }
    }
    JsonNode status = host.path("health_status");
    String eds = status.path("eds_health_status").asText("HEALTHY");
    boolean ejected = status.path("failed_outlier_check").asBoolean();
    boolean failed =
        status.path("failed_active_health_check").asBoolean()
            || status.path("pending_active_hc").asBoolean()
            || status.path("active_hc_timeout").asBoolean()
            || Set.of("UNHEALTHY", "DRAINING", "TIMEOUT").contains(eds);
    boolean degraded =
        eds.equals("DEGRADED") || status.path("failed_active_degraded_check").asBoolean();
    Health health =
        failed || ejected ? Health.UNHEALTHY : degraded ? Health.DEGRADED : Health.HEALTHY;
    Optional<Gap> gap =
        health == Health.HEALTHY
            ? Optional.empty()
            : Optional.of(ejected && !failed ? Gap.OUTLIER_EJECTED : Gap.HEALTH_EXCLUDED);
    return new Host(
        address(host.path("address").path("socket_address")),
        AdminJson.number(host.path("weight"), 1),
        locality(host.path("locality"), host.path("priority")),
        health,
        eds.equals("DRAINING"),
        gap,
        requests);
  }

  private static Optional<Address> address(JsonNode socket) throws IOException {
    long port = AdminJson.number(socket.path("port_value"), 0);
    String ip = socket.path("address").asText("");
    return ip.isEmpty() || port < 1 || port > 65535
        ? Optional.empty()
        : Optional.of(new Address(ip, (int) port));
  }

  private static Locality locality(JsonNode locality, JsonNode priority) throws IOException {
    return new Locality(
        locality.path("region").asText(""),
        locality.path("zone").asText(""),
        locality.path("sub_zone").asText(""),
        (int) Math.min(AdminJson.number(priority, 0), 128));
  }
}
