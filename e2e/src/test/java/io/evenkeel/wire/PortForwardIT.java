package io.evenkeel.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveTarget.HttpRoute;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Share;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.Child;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.Contour;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.EnvoyProxy;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.NodeAgent;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.probe.Probe;
import io.evenkeel.probe.envoy.EnvoyProbe;
import io.evenkeel.probe.haproxy.HaproxyProbe;
import io.evenkeel.wire.http.AdminHttp;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * An Envoy whose admin interface listens on its pod's localhost only is read through a real API
 * server and the kubelet's port-forward.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PortForwardIT {
  private static final String NAMESPACE = Contour.GATEWAY_NAMESPACE;
  private static final int TIMES = 200;
  private static final String POD = "edge-1";
  private static final String PLAYED = "played";
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final String LISTENING = "0A"; // TCP_LISTEN in /proc/net/tcp
  private static final Address BLUE = new Address("10.97.0.11", 8080);
  private static final HttpRoute SHOP =
      HttpRoute.of("shop.test", new PathMatch(PathMatch.Kind.PREFIX, "/"));

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Binaries binaries = Binaries.open();
  private final Sandbox sandbox = Sandbox.open();
  private ControlPlane plane;
  private NodeAgent agent;
  private EnvoyProxy envoy;

  @BeforeAll
  void start() {
    open.addAll(List.of(binaries, sandbox));
    plane =
        keep(
            ControlPlane.start(
                sandbox,
                binaries,
                ControlPlane.Options.standard()
                    .withUser("reader")
                    .withUser("getter")
                    .withUser("creator")));
    Contour contour = keep(Contour.start(sandbox, binaries, plane));
    ClusterUser user = new ClusterUser(plane.client());
    plane.createNamespace("shop");
    user.createService("shop", "blue", 8080);
    user.slice("shop", "blue", 8080, List.of(ClusterUser.SliceEndpoint.ready(BLUE.ip())));
    user.createRoute("shop", "shop", "shop.test", 8080, Map.of("blue", 1));
    envoy = keep(EnvoyProxy.start(sandbox, binaries, contour, 1, EnvoyProxy.Admin.LOCALHOST));
    agent = keep(NodeAgent.start(sandbox, binaries, plane));
    user.createPod(NAMESPACE, "envoy", POD, envoy.address());
    agent.place(NAMESPACE, POD, envoy.network());
    user.createPod(NAMESPACE, "played", PLAYED, "10.97.0.1");
    agent.place(NAMESPACE, PLAYED, NodeAgent.SANDBOX);
    ClusterRole shipped = plane.client().rbac().clusterRoles().load(shipped().toFile()).item();
    plane.client().resource(shipped).serverSideApply();
    bind("reader", shipped.getMetadata().getName());
  }

  private <T extends AutoCloseable> T keep(T resource) {
    open.add(resource);
    return resource;
  }

  @AfterAll
  void stop() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private static Path shipped() {
    return Stream.of("deploy", "../deploy")
        .map(p -> Path.of(p, "manifests/opt-in/port-forward.yaml"))
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow();
  }

  private void bind(String user, String clusterRole) {
    plane
        .client()
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName(user)
                .withNamespace(NAMESPACE)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", clusterRole)
                .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                .build())
        .serverSideApply();
  }

  private void grant(String user, String verb) {
    plane
        .client()
        .resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .addNewRule()
                .withApiGroups("")
                .withResources("pods/portforward")
                .withVerbs(verb)
                .endRule()
                .build())
        .serverSideApply();
    bind(user, user);
  }

  private PortForwardDialer dialer(String user, String pod, int port) {
    return new PortForwardDialer(
        plane.client(user), NAMESPACE, pod, port, new Limits(TIMEOUT, 1 << 20));
  }

  private Probe.Session session(String user) {
    return new EnvoyProbe(InstantSource.system()).open(dialer(user, POD, EnvoyProxy.ADMIN_PORT));
  }

  @Test
  void readsAPodsLocalhostTwoHundredTimesAndLeavesNothingBehind() throws Exception {
    assertThatThrownBy(() -> new Socket(envoy.address(), EnvoyProxy.ADMIN_PORT).close())
        .as("the admin interface is on the pod's localhost only")
        .isInstanceOf(ConnectException.class);
    try (Probe.Session session = session("reader")) {
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> reading(session).known().isPresent());
      String fingerprint = session.fingerprint();
      Use before = Use.now();
      int most = 0;
      long begin = System.nanoTime();
      for (int i = 0; i < TIMES; i++) {
        if (i % 10 == 0) {
          LiveView view = reading(session).known().orElseThrow();
          assertThat(view.configured().share(BLUE)).isEqualTo(Share.of(1, 1));
        } else {
          assertThat(session.fingerprint()).isEqualTo(fingerprint);
        }
        Use now = Use.now();
        most = Math.max(most, now.sockets());
        assertThat(now.listening()).isEqualTo(before.listening());
      }
      System.out.printf(
          "%d conversations in %d ms; before %s, at most %d sockets, after %s%n",
          TIMES, (System.nanoTime() - begin) / 1_000_000, before, most, Use.now());
      assertThat(most).isLessThan(before.sockets() + 10);
      assertNothingStaysOf(before);
    }
  }

  @Test
  void readsTheRuntimeApiOfHaproxyTheSameWay() throws Exception {
    keep(
        HaproxyReplica.start(
            sandbox,
            binaries,
            HaproxyReplica.Spec.of(
                    "local",
                    "127.0.0.1",
                    8088,
                    "shop",
                    List.of(new HaproxyReplica.Server("a", BLUE.ip(), BLUE.port(), 7)))
                .withRuntimePort(9999, null)));
    LiveTarget target = new LiveTarget.NamedBackend("shop");
    try (Probe.Session session =
        new HaproxyProbe(InstantSource.system()).open(dialer("reader", PLAYED, 9999))) {
      String fingerprint = session.fingerprint();
      Use before = Use.now();
      for (int i = 0; i < 20; i++) {
        LiveView view =
            Objects.requireNonNull(session.read(Set.of(target)).get(target)).known().orElseThrow();
        assertThat(view.configured().share(BLUE)).isEqualTo(Share.of(1, 1));
        assertThat(session.fingerprint()).isEqualTo(fingerprint);
      }
      assertNothingStaysOf(before);
    }
  }

  /** Kubernetes 1.34 asks for get, 1.35 and later for create: so the shipped role has both. */
  @Test
  void getIsTheVerbThatCountsHere() throws Exception {
    assertThat(plane.client().getKubernetesVersion().getMinor()).isEqualTo("34");
    grant("getter", "get");
    grant("creator", "create");
    try (Probe.Session session = session("getter")) {
      await()
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> !session.fingerprint().isEmpty());
    }
    assertFails(
        dialer("creator", POD, EnvoyProxy.ADMIN_PORT),
        "may not forward ports in namespace infra: apply deploy/manifests/opt-in/port-forward.yaml"
            + " and bind its ClusterRole to the operator's service account with a RoleBinding in"
            + " infra");
  }

  @Test
  void aPodThatIsGoneOrDoesNotListenIsToldAtOnce() throws Exception {
    Use before = Use.now();
    assertFails(dialer("reader", "nobody", 9901), "404: pods \"nobody\" not found");
    assertFails(dialer("reader", POD, 1), "dial tcp 127.0.0.1:1: connect: connection refused");
    assertNothingStaysOf(before);
  }

  @Test
  void aPodThatSaysNothingCostsTheTimeout() throws Exception {
    Use before = Use.now();
    try (Played silent = new Played(_ -> {})) {
      assertFails(dialer("reader", PLAYED, silent.port()), "took longer than 1000 ms");
    }
    assertNothingStaysOf(before);
  }

  @Test
  void aPodThatDripsCostsTheTimeout() throws Exception {
    Use before = Use.now();
    try (Played dripping =
        new Played(out -> {
          while (true) {
            out.write('x');
            LockSupport.parkNanos(100_000_000);
          }
        })) {
      assertFails(dialer("reader", PLAYED, dripping.port()), "took longer than 1000 ms");
    }
    assertNothingStaysOf(before);
  }

  @Test
  void aPodThatSaysTooMuchIsCutOff() throws Exception {
    Use before = Use.now();
    try (Played endless =
        new Played(out -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".getBytes(US_ASCII));
          while (true) {
            out.write(new byte[10_000]);
          }
        })) {
      for (int i = 0; i < 10; i++) {
        assertFails(dialer("reader", PLAYED, endless.port()), "answered more than 1048576 bytes");
      }
    }
    assertNothingStaysOf(before);
  }

  @Test
  void aNodeOrAnApiServerThatHangsCostsTheTimeoutAndADeadOneIsTold() throws Exception {
    Use before = Use.now();
    for (Child hanging : List.of(agent.process(), plane.apiServer())) {
      hanging.signal("STOP");
      try {
        assertFails(dialer("reader", POD, EnvoyProxy.ADMIN_PORT), "took longer than 1000 ms");
      } finally {
        hanging.signal("CONT");
      }
    }
    agent.process().kill();
    try {
      assertFails(
          dialer("reader", POD, EnvoyProxy.ADMIN_PORT),
          "500: error dialing backend: dial tcp 10.97.0.1:10250: connect: connection refused");
    } finally {
      agent = keep(NodeAgent.start(sandbox, binaries, plane));
    }
    try (Probe.Session session = session("reader")) {
      assertThat(reading(session).known()).isPresent();
    }
    assertNothingStaysOf(before);
  }

  private static Reading<LiveView> reading(Probe.Session session) throws IOException {
    return Objects.requireNonNull(session.read(Set.of(SHOP)).get(SHOP));
  }

  private static void assertFails(Dialer dialer, String why) {
    long begin = System.nanoTime();
    assertThatThrownBy(
            () -> {
              try (AdminHttp http = new AdminHttp(dialer, 1L << 40)) {
                http.get("/stats").readAllBytes();
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(dialer.describe())
        .hasMessageContaining(why);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(TIMEOUT.plusSeconds(1));
  }

  /**
   * What a conversation leaves must be gone long before the minute after which the client gives up
   * a connection whose end it does not see. Its idle threads may stay a while.
   */
  private static void assertNothingStaysOf(Use before) {
    await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> {
          Use now = Use.now();
          assertThat(now.sockets()).isLessThanOrEqualTo(before.sockets());
          assertThat(now.threads()).isLessThan(before.threads() + 15);
          assertThat(now.listening()).isEqualTo(before.listening());
        });
  }

  /** A pod's port whose conversations the test makes up. */
  private static final class Played implements AutoCloseable {
    private interface Words {
      void say(OutputStream out) throws IOException;
    }

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Words words;

    Played(Words words) throws IOException {
      this.words = words;
      Thread.ofVirtual().start(this::serve);
    }

    int port() {
      return server.getLocalPort();
    }

    private void serve() {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          words.say(socket.getOutputStream());
          socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException nextOne) {
          continue; // The other side has given up, as it should.
        }
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** What this process has of the things that could leak. */
  private record Use(int sockets, int threads, Set<String> listening) {
    static Use now() throws IOException {
      Set<String> sockets = new HashSet<>();
      try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
        for (Path file : files.toList()) {
          try {
            String target = Files.readSymbolicLink(file).toString();
            if (target.startsWith("socket:[")) {
              sockets.add(target.substring(8, target.length() - 1));
            }
          } catch (NoSuchFileException closed) {
            continue; // Such as the one that listed the folder.
          }
        }
      }
      Set<String> listening = new HashSet<>();
      for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
        for (String line : Files.readAllLines(Path.of(table))) {
          String[] columns = line.strip().split("\\s+");
          if (columns[3].equals(LISTENING) && sockets.contains(columns[9])) {
            listening.add(columns[1]);
          }
        }
      }
      int threads = ManagementFactory.getThreadMXBean().getThreadCount();
      return new Use(sockets.size(), threads, listening);
    }
  }
}
