package io.evenkeel.probe.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.probe.envoy.EnvoyModel.Cluster;
import io.evenkeel.probe.envoy.EnvoyModel.Cluster.Zones;
import io.evenkeel.probe.envoy.EnvoyModel.Why;
import java.util.Optional;
import java.util.Set;

/** How a cluster chooses an endpoint, and whether weights decide it. */
final class ClusterPolicies {
  private static final Set<String> TYPES = Set.of("STATIC", "EDS", "STRICT_DNS");
  private static final Set<String> TYPE_EXTENSIONS =
      Set.of("envoy.clusters.static", "envoy.clusters.eds", "envoy.clusters.strict_dns");

  private ClusterPolicies() {}

  static Cluster cluster(JsonNode cluster) {
    JsonNode common = cluster.path("common_lb_config");
    JsonNode threshold = common.path("healthy_panic_threshold");
    int panic =
        threshold.isMissingNode()
            ? 50
            : (int) Math.clamp(threshold.path("value").asDouble(0), 0, 100);
    JsonNode extension =
        cluster
            .path("load_balancing_policy")
            .path("policies")
            .path(0)
            .path("typed_extension_config")
            .path("typed_config");
    boolean legacy = !cluster.has("load_balancing_policy");
    // With an extension policy Envoy ignores the locality settings of common_lb_config.
    JsonNode localities = legacy ? common : extension.path("locality_lb_config");
    String policy =
        legacy
            ? cluster.path("lb_policy").asText("ROUND_ROBIN")
            : simpleName(extension.path("@type").asText(""));
    Zones zones =
        localities.has("zone_aware_lb_config")
            ? Zones.EXPLICIT
            : localities.has("locality_weighted_lb_config") ? Zones.OFF : Zones.BY_DEFAULT;
    return new Cluster(
        cluster.path("name").asText(),
        why(cluster, policy),
        localities.has("locality_weighted_lb_config"),
        zones,
        policy.equals("RANDOM") || policy.equals("Random"),
        panic);
  }

  private static Optional<Why> why(JsonNode cluster, String policy) {
    Optional<Why> byType = byType(cluster);
    if (byType.isPresent()) {
      return byType;
    }
    if (cluster.has("lb_subset_config")) {
      return subset();
    }
    return switch (policy) {
      // Least request prefers idle endpoints, but in proportion to the weights: among equally fast
      // ones the weights decide.
      case "ROUND_ROBIN", "RoundRobin", "LEAST_REQUEST", "LeastRequest", "RANDOM", "Random" ->
          Optional.empty();
      case "RING_HASH", "RingHash", "MAGLEV", "Maglev" ->
          why("ConsistentHashing", "a hash of the request chooses the endpoint");
      case "Subset" -> subset();
      case "ClientSideWeightedRoundRobin" ->
          why("ClientSideWeights", "load reports of the endpoints set the weights");
      case "OverrideHost" -> why("SessionAffinity", "requests choose their endpoint");
      default -> why("UnknownPolicy", "the policy " + policy + " is not one this probe knows");
    };
  }

  private static Optional<Why> byType(JsonNode cluster) {
    JsonNode custom = cluster.path("cluster_type");
    if (!custom.isMissingNode()) {
      String name = custom.path("name").asText();
      JsonNode config = custom.path("typed_config");
      if (simpleName(config.path("@type").asText("")).equals("DnsCluster")) {
        return config.path("all_addresses_in_single_endpoint").asBoolean()
            ? logicalDns()
            : Optional.empty();
      }
      return switch (name) {
        case String known when TYPE_EXTENSIONS.contains(known) -> Optional.empty();
        case "envoy.clusters.aggregate" ->
            why("AggregateCluster", "it is an aggregate of other clusters");
        case "envoy.clusters.logical_dns" -> logicalDns();
        case "envoy.clusters.original_dst" -> originalDst();
        default -> why("UnknownClusterType", "the cluster type is not one this probe knows");
      };
    }
    return switch (cluster.path("type").asText("STATIC")) {
      case String known when TYPES.contains(known) -> Optional.empty();
      case "ORIGINAL_DST" -> originalDst();
      case "LOGICAL_DNS" -> logicalDns();
      default -> why("UnknownClusterType", "the cluster type is not one this probe knows");
    };
  }

  private static Optional<Why> subset() {
    return why("SubsetLoadBalancing", "metadata of the request chooses a subset of the endpoints");
  }

  private static Optional<Why> originalDst() {
    return why("OriginalDestination", "requests go where they were sent to before redirection");
  }

  private static Optional<Why> logicalDns() {
    return why("LogicalDns", "only one of the name's addresses is known at a time");
  }

  private static Optional<Why> why(String reason, String message) {
    return Optional.of(new Why(reason, message));
  }

  private static String simpleName(String type) {
    return type.substring(type.lastIndexOf('.') + 1);
  }
}
