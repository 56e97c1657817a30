package io.evenkeel.lab;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the lab's parts, or makes them: {@code KUBEBUILDER_ASSETS}, then the PATH (versions
 * checked), then the cache ({@code EVENKEEL_CACHE}, by default {@code ~/.cache/evenkeel}), then
 * built from the modules pinned in {@code e2e/tools} or installed from packages. Making happens
 * once: under a file lock, into a temporary name, then moved.
 *
 * <p>Parts are made in the order in which they were requested, one Go build at a time (a build uses
 * all cores), downloads beside it. A sandbox has no network, so the instance inside only looks, and
 * follows the one outside over a folder, the board, when {@link Sandbox#reenter} was given {@link
 * #environment}.
 */
public final class Binaries implements AutoCloseable {
  private static final String BOARD = "EVENKEEL_BOARD";

  private final Path cache;
  private final @Nullable Path board;
  private final boolean follows;
  private final InstantSource clock;
  private final Recipes recipes;
  private final Map<Part, CompletableFuture<Path>> requested = new EnumMap<>(Part.class);
  private final Map<Part, Long> startedMillis = new EnumMap<>(Part.class);
  private final ExecutorService builds = Executors.newSingleThreadExecutor(daemon("builds"));
  private final ExecutorService downloads = Executors.newSingleThreadExecutor(daemon("downloads"));

  private Binaries(Path cache, @Nullable Path board, boolean follows, InstantSource clock) {
    this.cache = cache;
    this.board = board;
    this.follows = follows;
    this.clock = clock;
    this.recipes = new Recipes(cache);
  }

  private static java.util.concurrent.ThreadFactory daemon(String name) {
    return Thread.ofPlatform().daemon().name("binaries-" + name).factory();
  }

  /** Inside a sandbox: looks, and follows the board if there is one. Outside: looks and makes. */
  public static Binaries open() {
    if (Sandbox.isInside()) {
      @Nullable String board = System.getenv(BOARD);
      return new Binaries(
          cacheDirectory(), board == null ? null : Path.of(board), true, InstantSource.system());
    }
    try {
      Path board = Files.createTempDirectory("evenkeel-board");
      Binaries binaries = new Binaries(cacheDirectory(), board, false, InstantSource.system());
      // Ctrl-C ends a JVM without unwinding; closing twice does nothing.
      Runtime.getRuntime().addShutdownHook(new Thread(binaries::close, "binaries-close"));
      return binaries;
    } catch (IOException e) {
      throw new LabException("cannot create a temporary folder: " + e.getMessage(), e);
    }
  }

  private static Path cacheDirectory() {
    return Stream.of(
            Optional.ofNullable(System.getenv("EVENKEEL_CACHE")).map(Path::of),
            Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                .map(home -> Path.of(home, "evenkeel")))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "evenkeel"));
  }

  /** For {@link Sandbox#reenter}: lets the instance inside follow this one. */
  public Map<String, String> environment() {
    return Map.of(BOARD, Objects.requireNonNull(board, "only outside a sandbox").toString());
  }

  /** Starts to look for, or make, a part in the background; the same future for every request. */
  public CompletableFuture<Path> request(Part part) {
    synchronized (requested) {
      return requested.computeIfAbsent(part, this::start);
    }
  }

  /** Requests these parts in this order. */
  public void request(List<Part> parts) {
    parts.forEach(this::request);
  }

  /**
   * The part's path, made if need be.
   *
   * @throws LabException with the reason if it cannot be had
   */
  public Path get(Part part) {
    try {
      return request(part).join();
    } catch (CompletionException e) {
      throw asLabException(part, Objects.requireNonNullElse(e.getCause(), e));
    }
  }

  /**
   * As {@link #get} for each part, telling {@code out} what is waited for: on a terminal by a line
   * rewritten every second, otherwise by a line every 15 seconds.
   */
  public void await(List<Part> parts, PrintStream out, boolean terminal) {
    request(parts);
    for (Part part : parts) {
      CompletableFuture<Path> future = request(part);
      long seconds = 0;
      while (true) {
        try {
          future.get(1, TimeUnit.SECONDS);
          break;
        } catch (TimeoutException _) {
          seconds++;
          if (terminal) {
            out.print("\r\033[K" + activity(part));
            out.flush();
          } else if (seconds % 15 == 1) {
            out.println(activity(part));
          }
        } catch (ExecutionException e) {
          throw asLabException(part, Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new LabException("interrupted while waiting for " + part.id(), e);
        }
      }
      if (terminal && seconds > 0) {
        out.print("\r\033[K");
      }
    }
  }

  /** What is being done about a part now, with elapsed seconds: for progress displays. */
  public String activity(Part part) {
    Long started;
    synchronized (startedMillis) {
      started = startedMillis.get(part);
    }
    if (follows && board != null) {
      started = readStart(board.resolve(part.id())).orElse(null);
    }
    return started == null
        ? part.id() + ": waiting for its turn"
        : "%s: %s, %d s"
            .formatted(part.id(), recipes.verb(part), (clock.millis() - started) / 1000);
  }

  private static Optional<Long> readStart(Path file) {
    try {
      String text = Files.exists(file) ? Files.readString(file) : "";
      return text.startsWith("since ")
          ? Optional.of(Long.parseLong(text.substring(6)))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static LabException asLabException(Part part, Throwable cause) {
    return cause instanceof LabException e
        ? e
        : new LabException(part.id() + ": " + cause.getMessage(), cause);
  }

  private CompletableFuture<Path> start(Part part) {
    Optional<Path> found = recipes.find(part);
    if (found.isPresent()) {
      post(part, "ready " + found.get());
      return CompletableFuture.completedFuture(found.get());
    }
    if (follows && board == null) {
      return CompletableFuture.failedFuture(
          new LabException(
              part.id()
                  + " is not there, and a sandbox has no network to get it: run 'binaries' of"
                  + " io.evenkeel.e2e.Main first"));
    }
    CompletableFuture<Path> future = new CompletableFuture<>();
    ExecutorService worker = recipes.isBuild(part) ? builds : downloads;
    if (follows) {
      Thread.ofVirtual().name("board-" + part.id()).start(() -> follow(part, future));
    } else {
      worker.execute(() -> makeInto(part, future));
    }
    return future;
  }

  private void makeInto(Part part, CompletableFuture<Path> future) {
    long now = clock.millis();
    synchronized (startedMillis) {
      startedMillis.put(part, now);
    }
    post(part, "since " + now);
    try {
      Path path = makeOnce(part);
      post(part, "ready " + path);
      future.complete(path);
    } catch (IOException | RuntimeException e) {
      post(part, "failed " + e.getMessage());
      future.completeExceptionally(asLabException(part, e));
    } catch (InterruptedException e) {
      post(part, "failed interrupted");
      future.completeExceptionally(e);
    }
  }

  private Path makeOnce(Part part) throws IOException, InterruptedException {
    Path locks = Files.createDirectories(cache.resolve("lock"));
    try (FileChannel channel =
            FileChannel.open(
                locks.resolve(part.id()), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      Optional<Path> meanwhile = recipes.find(part);
      return meanwhile.isPresent() && lock.isValid() ? meanwhile.get() : recipes.make(part);
    }
  }

  /** Tells the instance in the sandbox; a file appears whole or not at all. */
  private void post(Part part, String text) {
    if (board == null || follows) {
      return;
    }
    try {
      Path draft = Files.writeString(board.resolve("." + part.id()), text);
      Files.move(draft, board.resolve(part.id()), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new LabException("cannot write " + board + ": " + e.getMessage(), e);
    }
  }

  private void follow(Part part, CompletableFuture<Path> future) {
    Path file = Objects.requireNonNull(board).resolve(part.id());
    try {
      while (!future.isDone()) {
        String text = Files.exists(file) ? Files.readString(file) : "";
        if (text.startsWith("ready ")) {
          future.complete(Path.of(text.substring(6)));
        } else if (text.startsWith("failed ")) {
          future.completeExceptionally(new LabException(text.substring(7)));
        } else {
          Thread.sleep(Duration.ofMillis(100));
        }
      }
    } catch (IOException e) {
      future.completeExceptionally(new LabException("cannot read " + file, e));
    } catch (InterruptedException e) {
      future.completeExceptionally(e);
    }
  }

  /** Stops what is being made. What was made stays in the cache. */
  @Override
  public synchronized void close() {
    builds.shutdownNow();
    downloads.shutdownNow();
    recipes.close();
    try {
      // Who still makes something tells the board that it failed.
      boolean ended =
          builds.awaitTermination(10, TimeUnit.SECONDS)
              && downloads.awaitTermination(10, TimeUnit.SECONDS);
      if (!ended) {
        throw new LabException("what was being made does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!follows && board != null) {
      Sandbox.deleteTree(board);
    }
  }
}
