package io.evenkeel.lab;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Every request of a load: when it was sent, who answered, with what, and how fast. May be read
 * while it grows; requests still under way are not counted. Windows include their begin and exclude
 * their end.
 */
public final class LoadReport {
  /** The status of a request that got no answer: refused, reset or timed out. */
  public static final int NO_ANSWER = 0;

  private final Instant begin;
  private final long beginNanos;
  private final long[] sentNanos;
  private final int[] micros;
  private final short[] status;
  private final short[] backend;
  private final List<String> backends = new ArrayList<>();
  private int count;

  LoadReport(int capacity, Instant begin, long beginNanos) {
    this.begin = begin;
    this.beginNanos = beginNanos;
    this.sentNanos = new long[capacity];
    this.micros = new int[capacity];
    this.status = new short[capacity];
    this.backend = new short[capacity];
    Arrays.fill(micros, -1);
  }

  synchronized int begin(long nanos) {
    sentNanos[count] = nanos - beginNanos;
    return count++;
  }

  synchronized void end(int index, long nanos, int code, String name) {
    int known = backends.indexOf(name);
    if (known < 0) {
      backends.add(name);
      known = backends.size() - 1;
    }
    backend[index] = (short) known;
    status[index] = (short) code;
    micros[index] = (int) ((nanos - beginNanos - sentNanos[index]) / 1_000);
  }

  /** Finished requests. */
  public long total() {
    return count(Instant.MIN, Instant.MAX, _ -> true);
  }

  /** Requests that did not get a 2xx. */
  public long failed() {
    return failedBetween(Instant.MIN, Instant.MAX);
  }

  /** Finished requests that were sent in this window. */
  public long totalBetween(Instant from, Instant to) {
    return count(from, to, _ -> true);
  }

  /** Requests sent in this window that did not get a 2xx. */
  public long failedBetween(Instant from, Instant to) {
    return count(from, to, i -> !succeeded(i));
  }

  /** How many requests each backend answered with 2xx. */
  public synchronized Map<String, Long> countsBetween(Instant from, Instant to) {
    Map<String, Long> counts = new TreeMap<>();
    window(from, to)
        .filter(this::succeeded)
        .forEach(i -> counts.merge(backends.get(backend[i]), 1L, Long::sum));
    return counts;
  }

  /** How many requests each backend answered with anything but 2xx. */
  public synchronized Map<String, Long> turnedAwayBetween(Instant from, Instant to) {
    Map<String, Long> counts = new TreeMap<>();
    window(from, to)
        .filter(i -> !succeeded(i) && !backends.get(backend[i]).isEmpty())
        .forEach(i -> counts.merge(backends.get(backend[i]), 1L, Long::sum));
    return counts;
  }

  /** Each backend's share, 0..1, of the requests answered by a backend, whatever its answer was. */
  public synchronized Map<String, Double> sharesBetween(Instant from, Instant to) {
    Map<String, Double> shares = new TreeMap<>();
    int[] answered = window(from, to).filter(i -> !backends.get(backend[i]).isEmpty()).toArray();
    for (int i : answered) {
      shares.merge(backends.get(backend[i]), 1.0 / answered.length, Double::sum);
    }
    return shares;
  }

  /**
   * The latency that {@code percent} of the requests in the window did not exceed; zero if there
   * were none.
   */
  public synchronized Duration latency(double percent, Instant from, Instant to) {
    int[] sorted = window(from, to).map(i -> micros[i]).sorted().toArray();
    if (sorted.length == 0) {
      return Duration.ZERO;
    }
    int rank = (int) Math.ceil(percent / 100 * sorted.length) - 1;
    return Duration.ofNanos(1_000L * sorted[Math.clamp(rank, 0, sorted.length - 1)]);
  }

  private boolean succeeded(int i) {
    return status[i] / 100 == 2;
  }

  private synchronized long count(Instant from, Instant to, IntPredicate which) {
    return window(from, to).filter(which).count();
  }

  private IntStream window(Instant from, Instant to) {
    long low = from.equals(Instant.MIN) ? Long.MIN_VALUE : Duration.between(begin, from).toNanos();
    long high = to.equals(Instant.MAX) ? Long.MAX_VALUE : Duration.between(begin, to).toNanos();
    return IntStream.range(0, count)
        .filter(i -> micros[i] >= 0 && sentNanos[i] >= low && sentNanos[i] < high);
  }

  @Override
  public String toString() {
    return "%d requests, %d failed, %s"
        .formatted(total(), failed(), countsBetween(Instant.MIN, Instant.MAX));
  }
}
