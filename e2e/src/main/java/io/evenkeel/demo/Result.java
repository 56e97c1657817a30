package io.evenkeel.demo;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a scenario measured.
 *
 * @param rung the rung of the ladder on which the disturbance happened: {@code desired}, {@code
 *     declared} or {@code live}
 * @param detectedMs from the disturbance until the operator knew, in milliseconds; absent where
 *     nothing watches
 * @param correctedMs from the disturbance until the target read even again, seen by an observer of
 *     the demo's own that polls the target, not by the operator
 * @param proxiesEvenMs where the target is a route: until the proxies read even again, which takes
 *     the gateway's controller some time more
 * @param shares per address, read from the proxies themselves except {@code desired}
 * @param even whether it ended even, as the proxies say
 * @param verified whether the operator, where one runs, says so too ({@code Ready})
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Result(
    String id,
    String rung,
    String provider,
    @Nullable Double detectedMs,
    @Nullable Double correctedMs,
    @Nullable Double proxiesEvenMs,
    Shares shares,
    Requests requests,
    @Nullable Without withoutEvenkeel,
    boolean even,
    boolean verified,
    String summary) {

  /** A scenario is good when it ended even, verified, and no correction cost a request. */
  @JsonIgnore
  public boolean ok() {
    return even && verified && requests.failedDuringCorrection() == 0;
  }

  /** Shares of the requests by {@code ip:port}, each map summing to 1. */
  public record Shares(
      Map<String, Double> desired,
      Map<String, Double> before,
      Map<String, Double> drifted,
      Map<String, Double> after) {
    public Shares {
      desired = new TreeMap<>(desired);
      before = new TreeMap<>(before);
      drifted = new TreeMap<>(drifted);
      after = new TreeMap<>(after);
    }
  }

  /**
   * Requests while the operator was running.
   *
   * @param failedDuringCorrection failed between detection and the end of the correction, beyond
   *     what the disturbance itself cost in the same time
   */
  public record Requests(long total, long failed, long failedDuringCorrection) {}

  /** The same disturbance with nobody watching. */
  public record Without(long total, long failed, Map<String, Double> drifted) {}
}
