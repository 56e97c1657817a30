package io.evenkeel.lab;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The place where a lab lives: network, process and mount namespaces that hold this JVM and all
 * that it starts. The JVM is the first process of its process namespace, so that nothing can
 * outlive it, and the files are on a tmpfs that goes away with the mount namespace.
 *
 * <p>Every address 10.97.x.y is local here; nothing can leave, for there is no interface to the
 * world.
 */
public final class Sandbox implements AutoCloseable {
  private static final String VARIABLE = "EVENKEEL_SANDBOX";
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Path directory;
  private final Deque<Child> children = new ArrayDeque<>();
  private final AtomicInteger logs = new AtomicInteger();

  private Sandbox(Path directory) {
    this.directory = directory;
  }

  /**
   * Whether this JVM runs in a sandbox: it was started in one and has no interface to the world.
   */
  public static boolean isInside() {
    try {
      return System.getenv(VARIABLE) != null
          && NetworkInterface.networkInterfaces().allMatch(Sandbox::isOurs);
    } catch (SocketException e) {
      throw new LabException("cannot list network interfaces: " + e.getMessage(), e);
    }
  }

  /** Loopback, or this end of a pair whose other end is an Envoy's. */
  private static boolean isOurs(NetworkInterface i) {
    try {
      return i.isLoopback() || i.getName().matches("ek\\d+");
    } catch (SocketException _) {
      return false;
    }
  }

  /**
   * Opens a directory in the sandbox that this JVM is in. Several may be opened one after the
   * other.
   *
   * @throws LabException outside a sandbox, for load must never reach a real network
   */
  public static Sandbox open() {
    if (!isInside()) {
      throw new LabException(
          "not in a sandbox: start it through io.evenkeel.e2e.Main, or the tests through"
              + " 'mvn verify' (see e2e/README.md)");
    }
    Path directory =
        Path.of(Objects.requireNonNull(System.getenv(VARIABLE)), "lab" + COUNT.incrementAndGet());
    try {
      return new Sandbox(Files.createDirectory(directory));
    } catch (IOException e) {
      throw new LabException("cannot create " + directory, e);
    }
  }

  /** The command that runs {@code command} in a new sandbox. */
  public static List<String> command(List<String> command) {
    List<String> all = new ArrayList<>(List.of("sh", "-c", script(), "evenkeel-sandbox"));
    all.addAll(command);
    return all;
  }

  /** The script behind {@link #command}: runs its arguments in a new sandbox. */
  public static String script() {
    try (InputStream in = Objects.requireNonNull(Sandbox.class.getResourceAsStream("sandbox.sh"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LabException("sandbox.sh is missing from the build", e);
    }
  }

  /**
   * Runs this JVM's command line again in a JVM of its own inside a new sandbox, on this terminal,
   * and waits for it. Call it from the main thread: the kernel ends the other JVM when that thread
   * ends.
   *
   * @param command the one that was given on the command line; the class of its root is the main
   *     class
   * @return its exit status
   */
  public static int reenter(CommandSpec command, Map<String, String> environment)
      throws InterruptedException {
    CommandSpec root = command.root();
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.add("-XX:-UsePerfData"); // Its file is named by process id, and in each sandbox that is 1.
    java.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    java.addAll(List.of("-cp", System.getProperty("java.class.path")));
    java.add(root.userObject().getClass().getName());
    java.addAll(root.commandLine().getParseResult().originalArgs());
    List<String> inSandbox = new ArrayList<>(List.of("setpriv", "--pdeathsig", "TERM"));
    inSandbox.addAll(command(java));
    ProcessBuilder builder = new ProcessBuilder(inSandbox).inheritIO();
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      Thread atExit = new Thread(() -> end(process), "sandbox-end");
      Runtime.getRuntime().addShutdownHook(atExit);
      int status = process.waitFor();
      removeHook(atExit);
      return status;
    } catch (IOException e) {
      throw new LabException("cannot start the sandbox: " + e.getMessage(), e);
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // Already shutting down: the hook is running and finds the process gone.
    }
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
    }
  }

  /** Whether a person is looking on: then progress may rewrite its line. */
  static boolean isOnTerminal() {
    return System.console() != null && System.console().isTerminal();
  }

  /** The lab's files: logs, sockets, certificates, data. Deleted at close. */
  public Path directory() {
    return directory;
  }

  /** A new directory below {@link #directory}. */
  public Path directory(String name) {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new LabException("cannot create " + name, e);
    }
  }

  /** 10.97.0.{@code host}: local to this sandbox, and accepted in EndpointSlices. */
  public static String address(int host) {
    if (host < 1 || host > 254) {
      throw new IllegalArgumentException("host must be 1..254, was " + host);
    }
    return "10.97.0." + host;
  }

  /** Starts a process that ends with this sandbox at the latest; its log is in the directory. */
  public Child start(String name, List<String> command) {
    return start(name, command, Map.of());
  }

  /** As {@link #start(String, List)}, with additional environment variables. */
  public Child start(String name, List<String> command, Map<String, String> environment) {
    Path log = directory("logs").resolve("%s.%d.log".formatted(name, logs.incrementAndGet()));
    Child child = Child.start(name, log, command, environment);
    synchronized (children) {
      children.removeIf(c -> !c.isAlive());
      children.push(child);
    }
    return child;
  }

  /** Ends what is still running, the youngest first, and deletes the files. */
  @Override
  public void close() {
    synchronized (children) {
      while (!children.isEmpty()) {
        children.pop().close();
      }
    }
    deleteTree(directory);
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (var files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new LabException("cannot delete " + root + ": " + e.getMessage(), e);
    }
  }
}
