package io.evenkeel.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * One run, as written by {@code --json}.
 *
 * @param serial one route after the other, beside the floor in turn
 * @param floor the bare watch-and-patch loop in the same run
 * @param burst all routes bent at once
 * @param idle what the operator does when nothing is to be done
 */
record Figures(int pools, Start start, Latency serial, Latency floor, Burst burst, Idle idle) {
  /** How many times the floor's median and 99th percentile the operator takes. */
  @JsonProperty("serialToFloor")
  Ratio serialToFloor() {
    return new Ratio(
        serial.p50Millis() / floor.p50Millis(), serial.p99Millis() / floor.p99Millis());
  }

  record Ratio(double p50, double p99) {}

  /**
   * @param readySeconds from starting the process to {@code /readyz}, with all pools there and
   *     balanced
   * @param programmedSeconds from declaring the first pool to the last route being there
   * @param writes to the API server by the restarted operator until it was still; 0 is right
   */
  record Start(double readySeconds, double programmedSeconds, int writes) {}

  /**
   * @param writes to routes, one for each drift when it is right
   * @param refused by the API server with 429
   */
  record Burst(Latency latency, int drifts, int writes, int refused) {}

  /**
   * @param writes to the API server, Leases and Events aside
   */
  record Idle(long residentMebibytes, double cpuPercent, double seconds, int writes) {}

  /** From sending the change to seeing it corrected. */
  record Latency(int samples, double p50Millis, double p90Millis, double p99Millis, double max) {
    static Latency of(Iterable<Duration> durations) {
      Histogram histogram = new Histogram(3);
      durations.forEach(d -> histogram.recordValue(d.toNanos() / 1000));
      return new Latency(
          (int) histogram.getTotalCount(),
          histogram.getValueAtPercentile(50) / 1000.0,
          histogram.getValueAtPercentile(90) / 1000.0,
          histogram.getValueAtPercentile(99) / 1000.0,
          histogram.getMaxValue() / 1000.0);
    }
  }
}
