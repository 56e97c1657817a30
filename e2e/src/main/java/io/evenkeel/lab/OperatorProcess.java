package io.evenkeel.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The operator as a process of its own, as it runs in a cluster: it can be killed at any moment.
 */
public final class OperatorProcess implements AutoCloseable {
  private final Child child;
  private final URI base;
  private final HttpClient http = HttpClient.newHttpClient();

  private OperatorProcess(Child child, int port) {
    this.child = child;
    this.base = URI.create("http://127.0.0.1:" + port);
  }

  /**
   * With a user's kubeconfig; returns when it is ready.
   *
   * @param options further options of {@code evenkeel operator}
   * @throws LabException when it is not ready within a minute
   */
  public static OperatorProcess start(Sandbox sandbox, Path kubeconfig, String... options) {
    int port = freePort();
    String name = "operator-" + port;
    return start(
        sandbox,
        name,
        port,
        Map.of("KUBECONFIG", kubeconfig.toString()),
        Stream.concat(Stream.of("operator", "--identity=" + name), Stream.of(options)).toList());
  }

  /**
   * As it is shipped: as its ServiceAccount, with what the Deployment gives it, with leader
   * election. Returns when it is ready, which is before it leads.
   *
   * @param options further options of {@code evenkeel operator}
   * @throws LabException when it is not ready within a minute
   */
  public static OperatorProcess start(
      Sandbox sandbox, Installation installation, String... options) {
    int port = freePort();
    String name = "operator-" + port;
    Map<String, String> environment = new LinkedHashMap<>(installation.environment(name));
    environment.put("KUBECONFIG", installation.kubeconfig().toString());
    return start(
        sandbox,
        name,
        port,
        environment,
        Stream.concat(installation.arguments().stream(), Stream.of(options)).toList());
  }

  private static OperatorProcess start(
      Sandbox sandbox,
      String name,
      int port,
      Map<String, String> environment,
      List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "io.evenkeel.cli.Evenkeel"));
    command.addAll(arguments);
    command.addAll(List.of("--bind-address=127.0.0.1", "--port=" + port));
    Child child = sandbox.start(name, command, environment);
    OperatorProcess process = new OperatorProcess(child, port);
    child.awaitReady(Duration.ofMinutes(1), process::ready);
    return process;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("no free port", e);
    }
  }

  /** Whether its caches are filled. */
  public boolean ready() {
    try {
      return get("/readyz").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** What it says on {@code /metrics}. */
  public String metrics() {
    try {
      return get("/metrics").body();
    } catch (IOException e) {
      throw new IllegalStateException("the operator does not answer:\n" + child.tail(), e);
    }
  }

  /** Whether it holds the Lease, and so may write. */
  public boolean leads() {
    return metrics().lines().anyMatch("evenkeel_leader 1.0"::equals);
  }

  /** Its name in the Lease and in events. */
  public String identity() {
    return child.name();
  }

  /**
   * Waits for it to end by itself.
   *
   * @return its exit status
   */
  public int awaitEnd(Duration limit) {
    return child.await(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  private HttpResponse<String> get(String path) throws IOException {
    try {
      return http.send(
          HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(2)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stop);
    }
  }

  /** Kill −9. */
  public void kill() {
    child.kill();
  }

  /** For faults, and for its log. */
  public Child child() {
    return child;
  }

  /** Ends it in order. */
  @Override
  public void close() {
    child.close();
  }
}
