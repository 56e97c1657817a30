package io.evenkeel.demo;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What an observer of the demo's own saw of a disturbance: it reads the proxies every few
 * milliseconds, and knows nothing of the operator.
 *
 * @param begun right before the disturbance
 * @param begunNanos the same as {@link System#nanoTime} gives it
 * @param took until the proxies were first read even again; until watching ended, if they never
 *     were
 * @param drifted per proxy, when it was worst; empty when nothing was seen
 * @param even whether they were even again in time
 */
record Disturbance(
    Instant begun,
    long begunNanos,
    Duration took,
    Map<String, Map<String, Double>> drifted,
    boolean even) {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(5);

  /** Something that somebody does to the lab. */
  interface Deed {
    void run() throws IOException;
  }

  /** When it was over. */
  Instant ended() {
    return begun.plus(took);
  }

  /** From the disturbance until even again, in milliseconds. */
  OptionalDouble milliseconds() {
    return even ? OptionalDouble.of(took.toNanos() / 1e6) : OptionalDouble.empty();
  }

  static Disturbance observe(
      Proxies proxies, Map<String, Double> desired, Duration limit, Deed deed) throws IOException {
    Instant at = Instant.now();
    long begun = System.nanoTime();
    deed.run();
    double worst = 0;
    Map<String, Map<String, Double>> drifted = Map.of();
    while (System.nanoTime() - begun < limit.toNanos()) {
      Map<String, Map<String, Double>> now = proxies.shares();
      long read = System.nanoTime();
      boolean even = Shares.even(now, desired);
      if (even && !drifted.isEmpty()) {
        return new Disturbance(at, begun, Duration.ofNanos(read - begun), drifted, true);
      }
      if (!even && Shares.known(now)) {
        double deviation = Shares.deviation(Shares.furthest(now, desired), desired);
        if (deviation > worst) {
          worst = deviation;
          drifted = now;
        }
      }
      LockSupport.parkNanos(PAUSE);
    }
    return new Disturbance(at, begun, limit, drifted, false);
  }
}
