package io.evenkeel.wire.haproxy;

import static org.awaitility.Awaitility.await;

import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.Limits;
import io.evenkeel.wire.UnixDialer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real HAProxy with a Unix admin socket and a frontend on loopback, ended with the test. */
public final class HaproxyProcess implements AutoCloseable {
  private final Path directory;
  private final Path socket;
  private final int port;
  private final String global;
  private final String sections;
  private final List<Process> processes = new ArrayList<>();

  /**
   * @param global more lines for the global section
   * @param sections backend sections; the frontend sends everything to the first {@code default}
   *     names
   */
  public HaproxyProcess(String global, String sections, String defaultBackend) throws IOException {
    if (!Files.isExecutable(Path.of("/usr/sbin/haproxy"))) {
      throw new IllegalStateException("these tests need HAProxy: apt-get install haproxy");
    }
    directory = Files.createTempDirectory("hx");
    socket = directory.resolve("a.sock");
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    this.global = global;
    this.sections =
        "frontend f\n bind 127.0.0.1:%d\n default_backend %s\n%s"
            .formatted(port, defaultBackend, sections);
    try {
      start();
    } catch (IOException | RuntimeException failure) {
      close();
      throw failure;
    }
  }

  public Dialer dialer() {
    return new UnixDialer(socket, new Limits(Duration.ofSeconds(5), 4 << 20));
  }

  public RuntimeApi api() {
    return new RuntimeApi(dialer());
  }

  /** The frontend's port on 127.0.0.1. */
  public int port() {
    return port;
  }

  public Path directory() {
    return directory;
  }

  /** By hand, as a person with a shell on the proxy would. */
  public List<String> byHand(String... words) throws IOException {
    return api().run(List.of(Command.of(words)));
  }

  public List<ServersState.Server> servers(String backend) throws IOException {
    return ServersState.parse(
            api().show(List.of(Command.of("show", "servers", "state", backend))).getFirst())
        .orElseThrow();
  }

  public ServersState.Server server(String backend, String name) throws IOException {
    return servers(backend).stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  public void restart() throws IOException {
    stop(processes.removeLast());
    start();
  }

  /** A new process takes over the listeners; the old one finishes what it has. */
  public void reload() throws IOException {
    Process old = processes.getLast();
    long before = pid();
    start("-x", socket.toString(), "-sf", Long.toString(old.pid()));
    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> pid() != before);
  }

  private long pid() throws IOException {
    return ProcessInfo.parse(api().show(List.of(Command.of("show", "info"))).getFirst()).pid();
  }

  private void start(String... more) throws IOException {
    Path config = directory.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        global
         stats socket %s mode 600 level admin expose-fd listeners
         maxconn 500
        %s
        defaults
         mode http
         timeout connect 2s
         timeout client 30s
         timeout server 30s
         timeout tunnel 60s
        %s
        """
            .formatted(socket, global, sections));
    List<String> command =
        new ArrayList<>(List.of("/usr/sbin/haproxy", "-db", "-f", config.toString()));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    processes.add(process);
    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptionsInstanceOf(IOException.class)
        .failFast("HAProxy ended; its log is beside its configuration", () -> !process.isAlive())
        .until(() -> pid() > 0);
  }

  private static void stop(Process process) {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    processes.forEach(HaproxyProcess::stop);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
