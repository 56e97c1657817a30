package io.evenkeel.probe.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.probe.envoy.EnvoyModel.Action;
import io.evenkeel.probe.envoy.EnvoyModel.Why;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a route does, from its JSON. */
final class RouteActions {
  private RouteActions() {}

  static Action action(JsonNode route) throws IOException {
    if (route.path("match").has("runtime_fraction")) {
      return undecided("RuntimeKeyed", "the route takes only a runtime-keyed fraction of requests");
    }
    if (route.has("redirect")) {
      return new Action.Redirect();
    }
    JsonNode to = route.path("route");
    if (!to.isObject()) {
      return undecided("NotForwarded", "the route answers by itself and forwards nothing");
    }
    if (to.has("cluster_header")) {
      return undecided("ClusterHeader", "a request header chooses the cluster");
    }
    if (to.has("cluster_specifier_plugin") || to.has("inline_cluster_specifier_plugin")) {
      return undecided("ClusterSpecifierPlugin", "a plugin chooses the cluster");
    }
    if (to.has("cluster")) {
      return new Action.ToClusters(new TreeMap<>(Map.of(to.path("cluster").asText(), 1L)));
    }
    return to.has("weighted_clusters")
        ? weighted(to.path("weighted_clusters"))
        : undecided(
            "UnknownAction", "the route chooses its cluster in a way this probe does not know");
  }

  private static Action weighted(JsonNode weighted) throws IOException {
    if (!weighted.path("runtime_key_prefix").asText("").isEmpty()) {
      return undecided("RuntimeKeyed", "the weights can be overridden by runtime keys");
    }
    if (weighted.has("header_name") || weighted.has("use_hash_policy")) {
      return undecided("RequestChoosesCluster", "a value of the request chooses the cluster");
    }
    SortedMap<String, Long> weights = new TreeMap<>();
    long sum = 0;
    for (JsonNode cluster : weighted.path("clusters")) {
      if (cluster.has("cluster_header") || !cluster.has("name")) {
        return undecided("ClusterHeader", "a request header chooses the cluster");
      }
      long weight = AdminJson.number(cluster.path("weight"), 0);
      if (weight > 0xffff_ffffL) {
        throw AdminJson.garbage("a weight beyond 32 bits");
      }
      sum += weight;
      weights.merge(cluster.path("name").asText(), weight, Long::sum);
    }
    if (AdminJson.number(weighted.path("total_weight"), sum) != sum) {
      return undecided("TotalWeight", "a total weight is set that the weights do not sum to");
    }
    return sum == 0
        ? undecided("NoWeight", "all weights of the route are zero")
        : new Action.ToClusters(weights);
  }

  /** Which HTTP filters a route or virtual host turns on or off, by filter name. */
  static Map<String, Boolean> filters(JsonNode perFilterConfig) {
    Map<String, Boolean> filters = new HashMap<>();
    perFilterConfig
        .properties()
        .forEach(entry -> {
          JsonNode config = entry.getValue();
          boolean off =
              config.path("disabled").asBoolean()
                  || config.path("config").path("disabled").asBoolean();
          filters.put(entry.getKey(), !off);
        });
    return filters;
  }

  static Action undecided(String reason, String message) {
    return new Action.Undecided(new Why(reason, message));
  }
}
