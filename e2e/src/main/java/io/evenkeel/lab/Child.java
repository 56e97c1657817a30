package io.evenkeel.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A process of the lab whose output goes to a log file; the log's tail is part of any complaint.
 */
public final class Child implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int TAIL_BYTES = 4_000;

  private final String name;
  private final Process process;
  private final Path log;

  private Child(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Starts {@code command}; its output is appended to {@code log}. */
  static Child start(String name, Path log, List<String> command, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new Child(name, process, log);
    } catch (IOException e) {
      throw new LabException(name + " did not start: " + e.getMessage(), e);
    }
  }

  public String name() {
    return name;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public Path log() {
    return log;
  }

  /** The end of the log, about a screenful. */
  public String tail() {
    try (var file = Files.newByteChannel(log)) {
      long from = Math.max(0, file.size() - TAIL_BYTES);
      ByteBuffer bytes = ByteBuffer.allocate((int) (file.size() - from));
      file.position(from);
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {}
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /**
   * Waits until {@code ready} holds.
   *
   * @throws LabException with the log's tail if the process ends first or the time is up
   */
  public void awaitReady(Duration limit, BooleanSupplier ready) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!ready.getAsBoolean()) {
      if (!process.isAlive()) {
        throw new LabException(
            "%s ended with status %d before it was ready:%n%s"
                .formatted(name, process.exitValue(), tail()));
      }
      if (System.nanoTime() > deadline) {
        throw new LabException(
            "%s was not ready after %d s:%n%s".formatted(name, limit.toSeconds(), tail()));
      }
      pause();
    }
  }

  private void pause() {
    try {
      // Waiting for the exit is a pause that ends early when the process does.
      process.waitFor(20, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while " + name + " was starting", e);
    }
  }

  /**
   * Waits for a command to end by itself.
   *
   * @return its exit status
   * @throws LabException if it takes longer; it is killed then
   */
  int await(long limit, TimeUnit unit) {
    try {
      if (!process.waitFor(limit, unit)) {
        kill();
        throw new LabException(name + " does not end:\n" + tail());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while " + name + " was running", e);
    }
  }

  /** Sends a signal such as {@code HUP}, {@code USR2}, {@code STOP} or {@code CONT}. */
  public void signal(String signal) {
    signal(signal, List.of(pid()));
  }

  /** Sends it to the process and all its descendants, such as the workers of a master. */
  public void signalFamily(String signal) {
    signal(
        signal,
        Stream.concat(Stream.of(pid()), process.descendants().map(ProcessHandle::pid)).toList());
  }

  private void signal(String signal, List<Long> pids) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    pids.forEach(pid -> command.add(Long.toString(pid)));
    try {
      int status = new ProcessBuilder(command).inheritIO().start().waitFor();
      if (status != 0) {
        throw new LabException("kill -" + signal + " " + name + " ended with status " + status);
      }
    } catch (IOException e) {
      throw new LabException("kill -" + signal + " " + name + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  /** Kills the process and all its descendants outright, as kill −9 does, and waits for its end. */
  public void kill() {
    List<ProcessHandle> family = process.descendants().toList();
    process.destroyForcibly();
    family.forEach(ProcessHandle::destroyForcibly);
    process.onExit().join();
  }

  /** Asks the process to end, insists after five seconds. */
  @Override
  public void close() {
    List<ProcessHandle> family = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
    family.forEach(ProcessHandle::destroyForcibly);
  }
}
