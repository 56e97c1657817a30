package io.evenkeel.lab;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends requests at a constant rate, whatever becomes of them (an open loop: slow answers do not
 * slow it down), round robin over its targets, and records every one in a {@link LoadReport}.
 * Bounded in rate, duration and requests under way; it works in a sandbox only.
 */
public final class LoadGenerator implements AutoCloseable {
  /** Requests a second. */
  public static final int MAX_RATE = 2_000;

  public static final Duration MAX_DURATION = Duration.ofMinutes(15);
  private static final int MAX_UNDER_WAY = 1_000;

  private final Plan plan;
  private final LoadReport report;
  private final List<KeepAliveClient> clients;
  private final Semaphore underWay = new Semaphore(MAX_UNDER_WAY);
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final Thread pacer;

  /**
   * @param targets proxies, asked in turn
   * @param host the Host header
   * @param perSecond requests a second, up to {@link #MAX_RATE}
   * @param duration up to {@link #MAX_DURATION}
   * @param timeout after which a request has failed
   */
  public record Plan(
      List<InetSocketAddress> targets,
      String host,
      String path,
      int perSecond,
      Duration duration,
      Duration timeout) {
    public Plan {
      targets = List.copyOf(targets);
      if (targets.isEmpty() || perSecond < 1 || perSecond > MAX_RATE) {
        throw new IllegalArgumentException("needs a target, and a rate of 1.." + MAX_RATE);
      }
      if (duration.compareTo(MAX_DURATION) > 0) {
        throw new IllegalArgumentException("lasts at most " + MAX_DURATION);
      }
    }

    /** {@code GET /} with a timeout of two seconds. */
    public static Plan of(
        List<InetSocketAddress> targets, String host, int perSecond, Duration duration) {
      return new Plan(targets, host, "/", perSecond, duration, Duration.ofSeconds(2));
    }

    int requests() {
      return (int) Math.max(1, duration.toMillis() * perSecond / 1_000);
    }
  }

  /** Begins at once. */
  public static LoadGenerator start(Plan plan) {
    if (!Sandbox.isInside()) {
      throw new LabException("load is generated in a sandbox only");
    }
    return new LoadGenerator(plan);
  }

  private LoadGenerator(Plan plan) {
    this.plan = plan;
    this.report = new LoadReport(plan.requests(), Instant.now(), System.nanoTime());
    this.clients =
        plan.targets().stream()
            .map(t -> new KeepAliveClient(t, plan.host(), plan.path(), plan.timeout()))
            .toList();
    this.pacer = Thread.ofPlatform().daemon().name("load").start(this::pace);
  }

  private void pace() {
    long begin = System.nanoTime();
    for (int i = 0; i < plan.requests() && !stopped.get(); i++) {
      long due = begin + (long) (i * 1e9 / plan.perSecond());
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      int index = report.begin(System.nanoTime());
      if (underWay.tryAcquire()) {
        Thread.ofVirtual().start(() -> send(index));
      } else {
        report.end(index, System.nanoTime(), LoadReport.NO_ANSWER, "");
      }
    }
  }

  private void send(int index) {
    try {
      KeepAliveClient.Answer answer = clients.get(index % clients.size()).get();
      report.end(index, System.nanoTime(), answer.status(), answer.backend());
    } finally {
      underWay.release();
    }
  }

  /** What has happened up to now; it grows while the load runs. */
  public LoadReport report() {
    return report;
  }

  /** Waits for the planned end, and for every answer. */
  public LoadReport await() throws InterruptedException {
    pacer.join();
    underWay.acquire(MAX_UNDER_WAY); // Every request has a timeout, so this ends.
    underWay.release(MAX_UNDER_WAY);
    return report;
  }

  /** Sends no more, waits for the answers to what was sent. */
  public LoadReport stop() throws InterruptedException {
    stopped.set(true);
    LockSupport.unpark(pacer);
    return await();
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    clients.forEach(KeepAliveClient::close);
  }
}
