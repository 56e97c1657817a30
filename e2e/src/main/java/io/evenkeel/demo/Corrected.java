package io.evenkeel.demo;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.LoadReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Disturbs a pool that the operator looks after, and makes a result of what comes then.
 *
 * @param target on the declared rung, when the route was even again ({@link System#nanoTime}); on
 *     the live rung the proxies are the target, and this has no answer
 */
record Corrected(
    String id,
    String rung,
    String provider,
    String pool,
    Shop shop,
    Proxies proxies,
    LoadGenerator load,
    Telling telling,
    Supplier<OptionalLong> target) {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /**
   * @param desired per address, before and after
   * @param what the disturbance in a few words, for the picture
   */
  Result play(Map<String, Double> desired, String what, Disturbance.Deed deed) throws IOException {
    BalancedBackendPoolStatus.@Nullable LastCorrection known = lastCorrection();
    Map<String, Map<String, Double>> before = proxies.shares();
    Disturbance seen = Disturbance.observe(proxies, desired, LIMIT, deed);
    telling.moment(what, seen.drifted());
    boolean told =
        shop.await(
            pool,
            LIMIT,
            status -> Shop.verified(status) && !Objects.equals(status.lastCorrection(), known));
    @Nullable Double served =
        seen.milliseconds().isPresent() ? seen.milliseconds().getAsDouble() : null;
    boolean declared = rung.equals("declared");
    @Nullable Double corrected = declared ? ofTarget(seen) : served;
    @Nullable Double detected = told && corrected != null ? detected(corrected) : null;
    String summary =
        summary(corrected, detected)
            + (declared && served != null ? ", Envoy after %.0f ms".formatted(served) : "");
    telling.live(summary);
    telling.pause(1500);

    Map<String, Map<String, Double>> after = proxies.shares();
    boolean verified = told && shop.status(pool).filter(Shop::verified).isPresent();
    load.close();
    LoadReport all = load.report();
    return new Result(
        id,
        rung,
        provider,
        detected,
        corrected,
        declared ? served : null,
        new Result.Shares(
            desired,
            Shares.furthest(before, desired),
            Shares.furthest(seen.drifted(), desired),
            Shares.furthest(after, desired)),
        new Result.Requests(all.total(), all.failed(), failedDuring(seen, detected, desired)),
        null,
        corrected != null
            && seen.even()
            && Shares.even(before, desired)
            && Shares.even(after, desired),
        verified,
        summary);
  }

  private @Nullable Double ofTarget(Disturbance seen) {
    OptionalLong evenAgain = target.get();
    return evenAgain.isPresent() ? (evenAgain.getAsLong() - seen.begunNanos()) / 1e6 : null;
  }

  private BalancedBackendPoolStatus.@Nullable LastCorrection lastCorrection() {
    return shop.status(pool).map(BalancedBackendPoolStatus::lastCorrection).orElse(null);
  }

  /**
   * The operator says how long it took from detection; the rest of the time went by before that.
   */
  private double detected(double corrected) {
    long took =
        Optional.ofNullable(lastCorrection())
            .map(BalancedBackendPoolStatus.LastCorrection::tookMilliseconds)
            .orElse(0L);
    return Math.max(0, corrected - took);
  }

  private static String summary(@Nullable Double corrected, @Nullable Double detected) {
    if (corrected == null) {
      return "not corrected within " + LIMIT.toSeconds() + " s";
    }
    return detected == null
        ? "even again after %.0f ms, but the operator does not say so".formatted(corrected)
        : "detected after %.0f ms, even again after %.0f ms".formatted(detected, corrected);
  }

  /**
   * Refusals by a backend that the disturbance gave too much are the disturbance's, and so are a
   * proxy's own where it has no route; all else is the correction's.
   */
  private long failedDuring(
      Disturbance seen, @Nullable Double detected, Map<String, Double> desired) {
    if (detected == null) {
      return 0;
    }
    Instant from = seen.begun().plusNanos((long) (detected * 1e6));
    LoadReport requests = load.report();
    Map<String, Double> drifted = Shares.furthest(seen.drifted(), desired);
    long failed = requests.failedBetween(from, seen.ended());
    Map<String, Long> turnedAway = requests.turnedAwayBetween(from, seen.ended());
    long overloaded =
        turnedAway.entrySet().stream()
            .filter(
                e -> drifted.getOrDefault(e.getKey(), 0.0) > desired.getOrDefault(e.getKey(), 0.0))
            .mapToLong(Map.Entry::getValue)
            .sum();
    long answeredByNoBackend =
        failed - turnedAway.values().stream().mapToLong(Long::longValue).sum();
    long unrouted = drifted.containsKey(Shares.NOBODY) ? answeredByNoBackend : 0;
    return failed - overloaded - unrouted;
  }
}
