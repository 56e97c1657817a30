package io.evenkeel.probe.envoy;

import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.probe.Probe;
import io.evenkeel.probe.envoy.EnvoyModel.Affinity;
import io.evenkeel.probe.envoy.EnvoyModel.Cluster;
import io.evenkeel.probe.envoy.EnvoyModel.Host;
import io.evenkeel.probe.envoy.EnvoyModel.Localities;
import io.evenkeel.probe.envoy.EnvoyModel.Picture;
import io.evenkeel.probe.envoy.EnvoyModel.Route;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.http.AdminHttp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads Envoy's admin interface with GET, on the paths listed here and no others.
 *
 * @param clock when a reading was taken
 * @param maxAnswerBytes the longest answer that is read; what is kept is far smaller
 */
public record EnvoyProbe(InstantSource clock, long maxAnswerBytes) implements Probe {
  /** Enough for a full dump of tens of thousands of routes. */
  public static final long DEFAULT_ANSWER_BYTES = 256L << 20;

  /** Three counters for each of some tens of thousands of clusters. */
  private static final long FINGERPRINT_BYTES = 16L << 20;

  private static final String DUMP = "/config_dump?resource=";
  private static final List<String> ROUTES =
      List.of(DUMP + "dynamic_route_configs", DUMP + "static_route_configs");
  private static final List<String> LISTENERS =
      List.of(DUMP + "dynamic_listeners", DUMP + "static_listeners");
  private static final List<String> CLUSTERS =
      List.of(DUMP + "dynamic_active_clusters", DUMP + "static_clusters");
  private static final List<String> ENDPOINTS =
      List.of(
          "/config_dump?include_eds&resource=dynamic_endpoint_configs",
          "/config_dump?include_eds&resource=static_endpoint_configs");
  private static final String HOSTS = "/clusters?format=json";

  /** The start of the process and its local cluster; the impossible name keeps the rest out. */
  private static final String PROCESS =
      "/config_dump?name_regex=%5E%24&mask=bootstrap.cluster_manager.local_cluster_name,last_updated";

  /** What moves whenever a configured weight does, and hardly otherwise. */
  private static final String COUNTERS =
      "/stats?filter="
          + URLEncoder.encode(
              "^(cluster_manager\\.cds|listener_manager\\.lds|http\\..+\\.(rds|scoped_rds)\\..+"
                  + "|vhost\\..+|cluster\\..+)\\.(version|update_success|update_no_rebuild)$"
                  + "|^runtime\\.(load_success|num_keys|admin_overrides_active)$",
              StandardCharsets.UTF_8);

  public EnvoyProbe(InstantSource clock) {
    this(clock, DEFAULT_ANSWER_BYTES);
  }

  @Override
  public String name() {
    return "Envoy";
  }

  @Override
  public Session open(Dialer dialer) {
    return new Session() {
      @Override
      public String fingerprint() throws IOException {
        try (AdminHttp admin = new AdminHttp(dialer, Math.min(maxAnswerBytes, FINGERPRINT_BYTES))) {
          return process(admin).started() + "/" + counters(admin.get(COUNTERS));
        }
      }

      @Override
      public Map<LiveTarget, Reading<LiveView>> read(Set<LiveTarget> targets) throws IOException {
        try (AdminHttp admin = new AdminHttp(dialer, maxAnswerBytes)) {
          return EnvoyProbe.this.read(admin, targets);
        }
      }

      @Override
      public void close() {}
    };
  }

  private Map<LiveTarget, Reading<LiveView>> read(AdminHttp admin, Set<LiveTarget> targets)
      throws IOException {
    Set<LiveTarget.HttpRoute> routes = new HashSet<>();
    Map<LiveTarget, Reading<LiveView>> readings = new LinkedHashMap<>();
    for (LiveTarget target : targets) {
      switch (target) {
        case LiveTarget.HttpRoute route -> routes.add(route);
        case LiveTarget.NamedBackend backend ->
            readings.put(
                backend,
                new Reading.NotSupported<>("NotARoute", "Envoy is read by route, not by backend"));
        case LiveTarget.Unreadable(String reason, String message) ->
            readings.put(target, new Reading.NotSupported<>(reason, message));
      }
    }
    if (!routes.isEmpty()) {
      Instant asOf = clock.instant();
      TargetReader reader = new TargetReader(picture(admin, routes), asOf);
      routes.forEach(route -> readings.put(route, reader.read(route)));
    }
    return readings;
  }

  private static Picture picture(AdminHttp admin, Set<LiveTarget.HttpRoute> targets)
      throws IOException {
    ProcessInfo process = process(admin);
    List<Route> routes = new ArrayList<>();
    for (String path : ROUTES) {
      routes.addAll(DumpReader.routes(admin.get(path), targets));
    }
    Set<String> wanted = TargetReader.clusters(routes);
    Set<Affinity> affinities = new HashSet<>();
    Map<String, Cluster> clusters = new TreeMap<>();
    Map<String, Localities> localities = new TreeMap<>();
    Map<String, List<Host>> hosts = new TreeMap<>();
    if (!wanted.isEmpty()) {
      String names = nameRegex(wanted);
      for (String path : LISTENERS) {
        affinities.addAll(DumpReader.affinities(admin.get(path)));
      }
      for (String path : CLUSTERS) {
        clusters.putAll(
            DumpReader.clusters(admin.get(path + parameter("name_regex", names)), wanted));
      }
      hosts.putAll(DumpReader.hosts(admin.get(HOSTS + parameter("filter", names)), wanted));
      if (needsLocalities(clusters.values(), hosts.values())) {
        for (String path : ENDPOINTS) {
          localities.putAll(
              DumpReader.localities(admin.get(path + parameter("name_regex", names)), wanted));
        }
      }
    }
    return new Picture(
        routes, affinities, clusters, localities, hosts, process.localCluster(), process.started());
  }

  /**
   * Locality weights and overprovisioning matter only then; the endpoint dump is the longest of
   * all.
   */
  private static boolean needsLocalities(
      Collection<Cluster> clusters, Collection<List<Host>> hosts) {
    return clusters.stream().anyMatch(Cluster::localityWeighted)
        || hosts.stream().flatMap(List::stream).anyMatch(host -> host.locality().priority() > 0);
  }

  /** Lets Envoy leave out other clusters; empty when the expression would be unreasonably long. */
  private static String nameRegex(Set<String> names) {
    String regex =
        names.stream()
            .map(name -> name.replaceAll("[^A-Za-z0-9_]", "\\\\$0"))
            .collect(Collectors.joining("|", "^(", ")$"));
    return regex.length() > 2048 || !regex.matches("[ -~]*") ? "" : regex;
  }

  private static String parameter(String name, String value) {
    return value.isEmpty()
        ? ""
        : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private record ProcessInfo(String started, boolean localCluster) {}

  private static ProcessInfo process(AdminHttp admin) throws IOException {
    List<ProcessInfo> found = new ArrayList<>();
    AdminJson.each(
        admin.get(PROCESS),
        "configs",
        element -> {
          var config = AdminJson.tree(element, Set.of());
          if (config.path("@type").asText("").endsWith(".BootstrapConfigDump")) {
            String local =
                config
                    .path("bootstrap")
                    .path("cluster_manager")
                    .path("local_cluster_name")
                    .asText("");
            found.add(new ProcessInfo(config.path("last_updated").asText(""), !local.isEmpty()));
          }
        });
    if (found.isEmpty() || found.getFirst().started().isEmpty()) {
      throw AdminJson.garbage("the answer does not say when the process was started");
    }
    return found.getFirst();
  }

  /**
   * A digest of the counters. Of a cluster's updates only those that rebuilt its endpoints count: a
   * DNS cluster resolves its name every few seconds, mostly to the same addresses.
   */
  private static String counters(InputStream stats) throws IOException {
    MessageDigest digest = sha256();
    BufferedReader lines = new BufferedReader(new InputStreamReader(stats, StandardCharsets.UTF_8));
    Map<String, Long> rebuilds = new TreeMap<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int colon = line.lastIndexOf(": ");
      if (line.isBlank()) {
        continue;
      }
      if (colon < 1 || !line.substring(colon + 2).matches("\\d{1,20}")) {
        throw AdminJson.garbage("a statistic that is none");
      }
      String name = line.substring(0, colon);
      String value = line.substring(colon + 2);
      if (name.startsWith("cluster.") && name.endsWith(".update_no_rebuild")) {
        rebuilds.merge(name.substring(0, name.lastIndexOf('.')), -parse(value), Long::sum);
      } else if (name.startsWith("cluster.") && name.endsWith(".update_success")) {
        rebuilds.merge(name.substring(0, name.lastIndexOf('.')), parse(value), Long::sum);
      } else {
        digest.update(line.getBytes(StandardCharsets.UTF_8));
      }
    }
    digest.update(rebuilds.toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private static long parse(String value) {
    return Long.parseUnsignedLong(value.length() > 18 ? "0" : value);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
