package io.evenkeel.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One replica of a real Envoy under {@link Contour}. Contour gives every replica the same
 * listeners, so each lives in a network namespace of its own, joined to the sandbox by a veth pair:
 * replica n is 10.98.n.2.
 */
public final class EnvoyProxy implements AutoCloseable {
  /** Where every replica serves the Gateway's listener of port 80. */
  public static final int HTTP_PORT = 8080;

  public static final int ADMIN_PORT = 9901;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Sandbox sandbox;
  private final int number;
  private final Path directory;
  private final Admin admin;
  private final Path binary;
  private Child process;

  /** Where the admin interface listens. */
  public enum Admin {
    /** On {@link #ADMIN_PORT} of its address, for everybody. */
    ADDRESS,
    /** On {@link #ADMIN_PORT} of its own localhost: only by port-forward. */
    LOCALHOST,
    /** On {@link #adminSocket}. */
    UNIX_SOCKET
  }

  private EnvoyProxy(Sandbox sandbox, Path binary, Contour contour, int number, Admin admin) {
    this.sandbox = sandbox;
    this.binary = binary;
    this.number = number;
    this.admin = admin;
    this.directory = sandbox.directory("envoy-" + number);
    bootstrap(contour);
    this.process = launch();
  }

  /**
   * Replica {@code number}, 1..200, with its admin interface on TCP {@link #ADMIN_PORT}; returns
   * when it is connected and live.
   */
  public static EnvoyProxy start(Sandbox sandbox, Binaries binaries, Contour contour, int number) {
    return start(sandbox, binaries, contour, number, Admin.ADDRESS);
  }

  /** The same with its admin interface elsewhere. */
  public static EnvoyProxy start(
      Sandbox sandbox, Binaries binaries, Contour contour, int number, Admin admin) {
    return new EnvoyProxy(sandbox, binaries.get(Part.ENVOY), contour, number, admin);
  }

  private void bootstrap(Contour contour) {
    Path file = directory.resolve("bootstrap.json");
    run(
        List.of(
            contour.binary().toString(),
            "bootstrap",
            file.toString(),
            "--xds-address=" + Sandbox.address(1),
            "--xds-port=" + Contour.XDS_PORT,
            "--xds-resource-version=v3",
            "--admin-address=" + adminSocket()));
    if (admin == Admin.UNIX_SOCKET) {
      return;
    }
    // Contour's own bootstrap knows Unix sockets only.
    try {
      ObjectNode tree = (ObjectNode) JSON.readTree(file.toFile());
      ObjectNode address = tree.withObject("/admin").putObject("address");
      address
          .putObject("socket_address")
          .put("address", admin == Admin.LOCALHOST ? "127.0.0.1" : address())
          .put("port_value", ADMIN_PORT);
      JSON.writeValue(file.toFile(), tree);
    } catch (IOException e) {
      throw new LabException("cannot change " + file + ": " + e.getMessage(), e);
    }
  }

  private Child launch() {
    String gate = directory.resolve("network-is-up").toString();
    try {
      Files.deleteIfExists(Path.of(gate));
    } catch (IOException e) {
      throw new LabException("cannot delete " + gate, e);
    }
    // exec keeps the process id, by which the veth's other end finds the namespace.
    String script =
        "ip link set lo up; until [ -e '%s' ]; do sleep 0.02; done; exec \"$@\"".formatted(gate);
    Child child =
        sandbox.start(
            "envoy-" + number,
            List.of(
                "unshare",
                "--net",
                "sh",
                "-c",
                script,
                "envoy",
                binary.toString(),
                "--config-path",
                directory.resolve("bootstrap.json").toString(),
                "--service-cluster",
                "edge",
                "--service-node",
                "envoy-" + number,
                "--concurrency",
                "1",
                "--disable-hot-restart",
                "--log-level",
                "warning"));
    try {
      connect(child);
      Files.createFile(Path.of(gate));
      child.awaitReady(LIMIT, () -> Contour.isListening(address(), HTTP_PORT));
      return child;
    } catch (IOException e) {
      child.kill();
      throw new LabException("cannot create " + gate, e);
    } catch (LabException e) {
      child.kill();
      throw e;
    }
  }

  private void connect(Child child) {
    String here = "ek" + number;
    String pid = Long.toString(child.pid());
    // unshare has entered its namespace when its inode differs from ours.
    Path theirs = network(child);
    Path ours = Path.of("/proc/self/ns/net");
    child.awaitReady(LIMIT, () -> !link(theirs).equals(link(ours)));
    run(List.of("ip", "link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", pid));
    run(List.of("ip", "address", "add", "10.98.%d.1/24".formatted(number), "dev", here));
    run(List.of("ip", "link", "set", here, "up"));
    String there =
        "ip address add %s/24 dev eth0 && ip link set eth0 up && ip route add default via 10.98.%d.1"
            .formatted(address(), number);
    run(List.of("nsenter", "--net=" + theirs, "sh", "-c", there));
  }

  private static Path link(Path path) {
    try {
      return Files.readSymbolicLink(path);
    } catch (IOException e) {
      throw new LabException("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private void run(List<String> command) {
    Path log = directory.resolve("setup.log");
    Child child = Child.start(command.getFirst(), log, command, java.util.Map.of());
    if (child.await(30, TimeUnit.SECONDS) != 0) {
      throw new LabException(String.join(" ", command) + " failed: " + child.tail());
    }
  }

  /** Its IP address. */
  public String address() {
    return "10.98.%d.2".formatted(number);
  }

  /** The file of the network namespace that it lives in, of this process and no later one. */
  public Path network() {
    return network(process);
  }

  private static Path network(Child child) {
    return Path.of("/proc", Long.toString(child.pid()), "ns", "net");
  }

  /** Where requests go. */
  public InetSocketAddress frontend() {
    return new InetSocketAddress(address(), HTTP_PORT);
  }

  /** The admin interface, if it is open to everybody. */
  public URI admin() {
    return URI.create("http://%s:%d".formatted(address(), ADMIN_PORT));
  }

  /** The admin interface's Unix socket, if it was started with one. */
  public Path adminSocket() {
    return directory.resolve("admin.sock");
  }

  /** GETs a path of the admin interface, such as {@code /clusters?format=json}. */
  public String adminGet(String path) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(admin().resolve(path)).timeout(Duration.ofSeconds(5)).build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new LabException("envoy-%d: %s".formatted(number, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  /** Envoy's process, for faults. */
  public Child process() {
    return process;
  }

  /** kill −9; the veth goes away with its namespace. */
  public void kill() {
    process.kill();
  }

  /** Starts it again after {@link #kill}, at the same address. */
  public void start() {
    if (process.isAlive()) {
      throw new IllegalStateException("envoy-" + number + " is running");
    }
    process = launch();
  }

  @Override
  public void close() {
    process.close();
  }
}
