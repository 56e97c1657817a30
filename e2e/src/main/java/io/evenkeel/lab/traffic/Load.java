package io.evenkeel.lab.traffic;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A constant, open-loop load: requests are sent on time whatever became of the earlier ones, each
 * is remembered. Bounded in rate and in time, and only for loopback and for the lab's own
 * addresses.
 */
public final class Load implements AutoCloseable {
  private static final int MAX_PER_SECOND = 2_000;
  private static final Duration MAX_TIME = Duration.ofMinutes(20);
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /**
   * One request: when it was sent ({@link System#nanoTime}), its status (0: no answer), who
   * answered.
   */
  private record Sent(long at, int status, String backend) {}

  private final HttpClient client;
  private final List<HttpRequest> requests;
  private final ConcurrentLinkedQueue<Sent> done = new ConcurrentLinkedQueue<>();
  private final AtomicLong started = new AtomicLong();
  private final Thread pacer;
  private volatile boolean stopped;

  private Load(List<URI> targets, String host, int perSecond, Duration time) {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .executor(java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor())
            .build();
    this.requests =
        targets.stream()
            .map(target ->
                HttpRequest.newBuilder(target)
                    .header("X-Forwarded-Host", host)
                    .timeout(TIMEOUT)
                    .build())
            .toList();
    this.pacer =
        Thread.ofPlatform()
            .name("load")
            .daemon()
            .unstarted(() -> pace(TimeUnit.SECONDS.toNanos(1) / perSecond, time.toNanos()));
  }

  /**
   * Starts at once and goes on until closed, or until {@code time} is over.
   *
   * @param targets taken in turn; loopback or 10.97.0.0/16 only
   * @param host for the answerers' logs; the Host header is the target's authority
   * @param perSecond 1..2000
   * @param time at most 20 minutes
   */
  public static Load start(List<URI> targets, String host, int perSecond, Duration time) {
    if (perSecond < 1 || perSecond > MAX_PER_SECOND || time.compareTo(MAX_TIME) > 0) {
      throw new IllegalArgumentException("a load is bounded: " + perSecond + "/s for " + time);
    }
    for (URI target : targets) {
      String ip = target.getHost();
      if (!ip.startsWith("127.") && !ip.startsWith("10.97.")) {
        throw new IllegalArgumentException("not an address of the lab: " + target);
      }
    }
    Load load = new Load(targets, host, perSecond, time);
    load.pacer.start();
    return load;
  }

  private void pace(long every, long time) {
    long begin = System.nanoTime();
    for (long i = 0; !stopped && i * every < time; i++) {
      long wait = begin + i * every - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      }
      HttpRequest request = requests.get((int) (i % requests.size()));
      started.incrementAndGet();
      Thread.ofVirtual().start(() -> send(request));
    }
  }

  private void send(HttpRequest request) {
    long at = System.nanoTime();
    try {
      HttpResponse<Void> answer = client.send(request, HttpResponse.BodyHandlers.discarding());
      done.add(
          new Sent(
              at,
              answer.statusCode(),
              answer.headers().firstValue(Backend.NAME_HEADER).orElse("")));
    } catch (IOException e) {
      done.add(new Sent(at, 0, ""));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** All requests finished so far. */
  public Tally tally() {
    return tally(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /**
   * The requests sent in [{@code from}, {@code to}), both as {@link System#nanoTime} gives them,
   * and finished by now.
   */
  public Tally tally(long from, long to) {
    long total = 0;
    long failed = 0;
    Map<String, Long> perBackend = new HashMap<>();
    Map<String, Long> turnedAway = new HashMap<>();
    for (Sent sent : done) {
      if (sent.at() >= from && sent.at() < to) {
        total++;
        if (sent.status() / 100 == 2) {
          perBackend.merge(sent.backend(), 1L, Long::sum);
        } else {
          failed++;
          if (!sent.backend().isEmpty()) {
            turnedAway.merge(sent.backend(), 1L, Long::sum);
          }
        }
      }
    }
    return new Tally(total, failed, perBackend, turnedAway);
  }

  /** Stops sending and waits until every request sent has ended, at most its timeout. */
  @Override
  public void close() {
    stopped = true;
    try {
      pacer.join();
      long deadline = System.nanoTime() + TIMEOUT.toNanos() + TimeUnit.SECONDS.toNanos(1);
      while (done.size() < started.get() && System.nanoTime() < deadline) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.shutdownNow();
  }
}
