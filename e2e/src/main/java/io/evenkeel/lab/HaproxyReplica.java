package io.evenkeel.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One replica of a real HAProxy in master-worker mode, with a frontend, a backend, and its runtime
 * API at admin level.
 */
public final class HaproxyReplica implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final Duration SIGNAL_AGAIN = Duration.ofSeconds(4);
  private static final Pattern PID = Pattern.compile("(?m)^Pid: (\\d+)$");

  private final Sandbox sandbox;
  private final Path binary;
  private final Path directory;
  private Spec spec;
  private Child process;

  /** A line {@code server name address:port weight n}. */
  public record Server(String name, String address, int port, int weight) {}

  /**
   * Files of a runtime API over TLS: our certificate with key, and the authority of its clients.
   */
  public record Tls(Path certificateAndKey, Path clientAuthority) {}

  /**
   * What is in haproxy.cfg.
   *
   * @param name of the replica
   * @param address where the frontend listens
   * @param backend the backend's name
   * @param servers written into the file
   * @param emptySlots prepared by {@code server-template}, in maintenance until they get an address
   * @param checks whether servers are health-checked at {@code /healthz}; one that was down starts
   *     slowly, over five seconds
   * @param runtimePort the runtime API's TCP port at the same address, 0 for none
   * @param tls of that port, null for plain TCP
   * @param keepsState whether servers' states are loaded from {@link #stateFile} at (re)start
   */
  public record Spec(
      String name,
      String address,
      int port,
      String backend,
      List<Server> servers,
      int emptySlots,
      boolean checks,
      int runtimePort,
      @Nullable Tls tls,
      boolean keepsState) {
    public Spec {
      servers = List.copyOf(servers);
    }

    /** Servers in the file, no slots, no checks, the runtime API on its Unix socket only. */
    public static Spec of(
        String name, String address, int port, String backend, List<Server> servers) {
      return new Spec(name, address, port, backend, servers, 0, false, 0, null, false);
    }

    public Spec withServers(List<Server> servers) {
      return new Spec(
          name, address, port, backend, servers, emptySlots, checks, runtimePort, tls, keepsState);
    }

    public Spec withEmptySlots(int slots) {
      return new Spec(
          name, address, port, backend, servers, slots, checks, runtimePort, tls, keepsState);
    }

    public Spec withChecks() {
      return new Spec(
          name, address, port, backend, servers, emptySlots, true, runtimePort, tls, keepsState);
    }

    /** With the runtime API on a TCP port too, over TLS if {@code tls} is not null. */
    public Spec withRuntimePort(int runtimePort, @Nullable Tls tls) {
      return new Spec(
          name, address, port, backend, servers, emptySlots, checks, runtimePort, tls, keepsState);
    }

    public Spec withStateFile() {
      return new Spec(
          name, address, port, backend, servers, emptySlots, checks, runtimePort, tls, true);
    }
  }

  private HaproxyReplica(Sandbox sandbox, Path binary, Spec spec) {
    this.sandbox = sandbox;
    this.binary = binary;
    this.spec = spec;
    this.directory = sandbox.directory("haproxy-" + spec.name());
    this.process = launch();
  }

  /** Returns when it listens. */
  public static HaproxyReplica start(Sandbox sandbox, Binaries binaries, Spec spec) {
    return new HaproxyReplica(sandbox, binaries.get(Part.HAPROXY), spec);
  }

  private Child launch() {
    write();
    Child child =
        sandbox.start(
            "haproxy-" + spec.name(),
            List.of(binary.toString(), "-W", "-db", "-f", configuration().toString()));
    child.awaitReady(LIMIT, () -> worker().isPresent());
    return child;
  }

  private void write() {
    try {
      Files.writeString(configuration(), text());
    } catch (IOException e) {
      throw new LabException("cannot write haproxy.cfg: " + e.getMessage(), e);
    }
  }

  /** The haproxy.cfg. */
  public Path configuration() {
    return directory.resolve("haproxy.cfg");
  }

  /** The runtime API, at level admin. */
  public Path socket() {
    return directory.resolve("admin.sock");
  }

  /**
   * Where {@code show servers state} is kept for the next start, if the replica keeps its state.
   */
  public Path stateFile() {
    return directory.resolve("servers.state");
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append("global\n  maxconn 2000\n  nbthread 1\n");
    text.append("  stats socket %s mode 600 level admin expose-fd listeners\n".formatted(socket()));
    if (spec.runtimePort() > 0 && spec.tls() == null) {
      text.append(
          "  stats socket ipv4@%s:%d level admin\n".formatted(spec.address(), spec.runtimePort()));
    }
    if (spec.keepsState()) {
      text.append("  server-state-file %s\n".formatted(stateFile()));
    }
    text.append("defaults\n  mode http\n  timeout connect 1s\n  timeout client 1m\n");
    text.append("  timeout server 1m\n  timeout tunnel 1h\n  option redispatch\n");
    if (spec.keepsState()) {
      text.append("  load-server-state-from-file global\n");
    }
    if (spec.tls() != null) {
      // HAProxy 2.6 takes "ssl" on a stats socket without a word, and then speaks plain text there.
      text.append(
          """
          listen runtime
            mode tcp
            bind %s:%d ssl crt %s ca-file %s verify required
            server self unix@%s
          """
              .formatted(
                  spec.address(),
                  spec.runtimePort(),
                  spec.tls().certificateAndKey(),
                  spec.tls().clientAuthority(),
                  socket()));
    }
    text.append("frontend web\n  bind %s:%d\n".formatted(spec.address(), spec.port()));
    text.append("  default_backend %s\n".formatted(spec.backend()));
    text.append("backend %s\n  balance roundrobin\n".formatted(spec.backend()));
    String check = spec.checks() ? " check inter 500ms fall 2 rise 2 slowstart 5s" : "";
    if (spec.checks()) {
      text.append("  option httpchk GET /healthz\n");
    }
    for (Server s : spec.servers()) {
      text.append(
          "  server %s %s:%d weight %d%s\n"
              .formatted(s.name(), s.address(), s.port(), s.weight(), check));
    }
    if (spec.emptySlots() > 0) {
      // The state file brings an address back only to a server with a name, and only by "last".
      String nowhere = spec.keepsState() ? "slot.invalid:1 init-addr last,127.0.0.1" : "0.0.0.0:0";
      text.append(
          "  server-template slot 1-%d %s disabled%s\n"
              .formatted(spec.emptySlots(), nowhere, check));
    }
    return text.toString();
  }

  /** Where requests go. */
  public InetSocketAddress frontend() {
    return new InetSocketAddress(spec.address(), spec.port());
  }

  public Spec spec() {
    return spec;
  }

  /**
   * Gives one command to the runtime API.
   *
   * @return the answer without its final line breaks
   */
  public String run(String command) {
    try {
      return converse(command);
    } catch (IOException e) {
      throw new LabException(
          "%s does not answer '%s': %s".formatted(spec.name(), command, e.getMessage()), e);
    }
  }

  private String converse(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket()));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
      byte[] answer = Channels.newInputStream(channel).readAllBytes();
      return new String(answer, StandardCharsets.UTF_8).strip();
    }
  }

  private Optional<String> worker() {
    try {
      Matcher pid = PID.matcher(converse("show info"));
      return pid.find() ? Optional.of(pid.group(1)) : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /**
   * Reloads the file, as an upgrade of the configuration does: the old worker finishes its work.
   */
  public void reload() {
    Optional<String> before = worker();
    process.signal("USR2");
    AtomicLong signalled = new AtomicLong(System.nanoTime());
    process.awaitReady(
        LIMIT,
        () -> {
          if (worker().filter(w -> before.stream().noneMatch(w::equals)).isPresent()) {
            return true;
          }
          // A master that is still busy with the reload before this one loses the signal.
          if (System.nanoTime() - signalled.get() > SIGNAL_AGAIN.toNanos()) {
            process.signal("USR2");
            signalled.set(System.nanoTime());
          }
          return false;
        });
  }

  /** Writes another file and reloads it. The name and the address must stay. */
  public void reload(Spec next) {
    spec = next;
    write();
    reload();
  }

  /** Saves the state for the next start, as a service's reload script does. */
  public void saveState() {
    try {
      Files.writeString(stateFile(), run("show servers state") + "\n");
    } catch (IOException e) {
      throw new LabException("cannot write " + stateFile() + ": " + e.getMessage(), e);
    }
  }

  /** kill −9. */
  public void kill() {
    process.kill();
  }

  /** Ends it cleanly. */
  public void stop() {
    process.close();
  }

  /** Starts it again after {@link #stop} or {@link #kill}; it knows its file and nothing else. */
  public void start() {
    if (process.isAlive()) {
      throw new IllegalStateException(spec.name() + " is running");
    }
    process = launch();
  }

  /** The master process, for faults such as {@code signal("STOP")}. */
  public Child process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
