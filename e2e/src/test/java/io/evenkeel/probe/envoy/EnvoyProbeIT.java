package io.evenkeel.probe.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget.HttpRoute;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Share;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.Part;
import io.evenkeel.probe.Probe;
import io.evenkeel.probe.ProbeContract;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.Limits;
import io.evenkeel.wire.TcpDialer;
import io.evenkeel.wire.UnixDialer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Envoy whose routes come from a file. */
class EnvoyProbeIT {
  private static final HttpRoute SHOP = route("shop.example.com");

  private static final Limits LIMITS = new Limits(Duration.ofSeconds(5), 16 << 20);

  @TempDir Path folder;
  private @Nullable Process envoy;
  private @Nullable ServerSocket silent;

  @AfterEach
  void stop() throws InterruptedException, IOException {
    if (silent != null) {
      silent.close();
    }
    if (envoy != null) {
      envoy.destroy();
      assertThat(envoy.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Nested
  class Contract implements ProbeContract {
    @Override
    public ProbeContract.Fixture fixture() throws Exception {
      Path socket = folder.resolve("admin.sock");
      start("pipe: {path: " + socket + "}");
      Probe probe = new EnvoyProbe(InstantSource.system());
      Dialer dialer = new UnixDialer(socket, LIMITS);
      try (Probe.Session session = probe.open(dialer)) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(15))
            .ignoreExceptionsInstanceOf(IOException.class)
            .until(() -> reading(session).known().isPresent());
      }
      silent = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
      return new ProbeContract.Fixture(
          probe,
          dialer,
          SHOP,
          route("nobody.example.com"),
          () -> changeRoutes(probe, dialer),
          new TcpDialer(
              new Address("127.0.0.1", silent.getLocalPort()),
              new Limits(Duration.ofMillis(300), 1 << 20)));
    }

    /** Returns when Envoy has taken them, which takes it a moment. */
    private void changeRoutes(Probe probe, Dialer dialer) throws IOException {
      try (Probe.Session session = probe.open(dialer)) {
        LiveView before = read(session);
        routes("v2", 1, 4);
        Awaitility.await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> !read(session).configured().equals(before.configured()));
      }
    }
  }

  @Test
  void readsWeightsAndSeesThemChangeOverAUnixSocket() throws Exception {
    Path socket = folder.resolve("admin.sock");
    start("pipe: {path: " + socket + "}");
    assertWeightsAreFollowed(new UnixDialer(socket, LIMITS));
  }

  @Test
  void readsWeightsAndSeesThemChangeOverTcp() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    start("socket_address: {address: 127.0.0.1, port_value: " + port + "}");
    assertWeightsAreFollowed(new TcpDialer(new Address("127.0.0.1", port), LIMITS));
  }

  private void assertWeightsAreFollowed(Dialer dialer) throws Exception {
    try (Probe.Session session = new EnvoyProbe(InstantSource.system()).open(dialer)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(15))
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> reading(session).known().isPresent());
      LiveView before = read(session);
      assertThat(before.configured().share(new Address("127.0.0.1", 33811)))
          .isEqualTo(Share.of(3, 5));
      assertThat(before.version()).isEqualTo("v1");
      String fingerprint = session.fingerprint();
      assertThat(session.fingerprint()).isEqualTo(fingerprint);

      routes("v2", 1, 4);
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> !session.fingerprint().equals(fingerprint));
      LiveView after = read(session);
      assertThat(after.configured().share(new Address("127.0.0.1", 33811)))
          .isEqualTo(Share.of(1, 5));
      assertThat(after.incarnation()).isEqualTo(before.incarnation());

      stop();
      envoy = null;
      assertThatThrownBy(() -> session.read(Set.of(SHOP))).isInstanceOf(IOException.class);
    }
  }

  private static HttpRoute route(String host) {
    return HttpRoute.of(host, new PathMatch(PathMatch.Kind.PREFIX, "/"));
  }

  private static Reading<LiveView> reading(Probe.Session session) throws IOException {
    return Objects.requireNonNull(session.read(Set.of(SHOP)).get(SHOP));
  }

  private static LiveView read(Probe.Session session) throws IOException {
    return reading(session).known().orElseThrow();
  }

  private void start(String admin) throws IOException {
    routes("v1", 3, 2);
    Path config =
        Files.writeString(
            folder.resolve("envoy.yaml"),
            """
            admin: {address: {%s}}
            node: {id: test, cluster: test}
            static_resources:
              listeners:
              - name: web
                address: {pipe: {path: %s/web.sock}}
                filter_chains:
                - filters:
                  - name: hcm
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: web
                      rds: {route_config_name: shop, config_source: {path_config_source: {path: %s/rds.json}}}
                      http_filters:
                      - name: router
                        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
              clusters:
              - {name: blue, load_assignment: {cluster_name: blue, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 33811}}}}]}]}}
              - {name: green, load_assignment: {cluster_name: green, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 33812}}}}]}]}}
            """
                .formatted(admin, folder, folder));
    try (Binaries binaries = Binaries.open()) {
      envoy =
          new ProcessBuilder(
                  binaries.get(Part.ENVOY).toString(),
                  "-c",
                  config.toString(),
                  "-l",
                  "error",
                  "--use-dynamic-base-id")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("envoy.log").toFile())
              .start();
    }
  }

  /** Moved into place, which is what Envoy watches for. */
  private void routes(String version, int blue, int green) throws IOException {
    Path next =
        Files.writeString(
            folder.resolve("rds.next"),
            """
            {"version_info":"%s","resources":[{"@type":"type.googleapis.com/envoy.config.route.v3.RouteConfiguration","name":"shop",
            "virtual_hosts":[{"name":"shop","domains":["shop.example.com"],"routes":[{"match":{"prefix":"/"},
            "route":{"weighted_clusters":{"clusters":[{"name":"blue","weight":%d},{"name":"green","weight":%d}]}}}]}]}]}
            """
                .formatted(version, blue, green));
    Files.move(next, folder.resolve("rds.json"), StandardCopyOption.ATOMIC_MOVE);
  }
}
