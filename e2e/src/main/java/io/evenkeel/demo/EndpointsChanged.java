package io.evenkeel.demo;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.LoadReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Scaled up and down under load: the proxies follow, and nothing of it is drift. */
final class EndpointsChanged implements Scenario {
  private static final String POOL = "elastic";
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Override
  public String id() {
    return "endpoints-changed";
  }

  @Override
  public Result play(Stages stages) throws IOException {
    HaproxyStage stage = stages.haproxy();
    stages.watch().begin(POOL);
    Shop shop = stages.shop();
    Proxies proxies = stage.fleet().section(HaproxyStage.ELASTIC);
    List<String> five = stage.web();
    List<String> seven = stage.all();
    List<String> four = five.subList(0, 4);
    BalancedBackendPoolStatus before = shop.status(POOL).orElseThrow();
    try (DriftWatch watch = new DriftWatch(shop.pool(POOL));
        LoadGenerator load = stage.load(HaproxyStage.ELASTIC);
        Telling telling =
            new Telling(
                stages.screen(),
                id(),
                "Pods come and go under load; on this backend Evenkeel keeps the servers, too.",
                proxies,
                Shares.equal(five),
                load.report())) {
      telling.pause(1500);
      telling.live("even over 5");
      Map<String, Double> start = Shares.furthest(proxies.shares(), Shares.equal(five));
      List<Disturbance> steps = new ArrayList<>();
      for (List<String> addresses : List.of(seven, four, five)) {
        Map<String, Double> desired = Shares.equal(addresses);
        telling.desired(desired);
        Disturbance step =
            Disturbance.observe(proxies, desired, LIMIT, () -> shop.endpoints(POOL, addresses));
        steps.add(step);
        telling.live(
            step.even()
                ? "even over %d, %.0f ms after the change"
                    .formatted(addresses.size(), step.milliseconds().getAsDouble())
                : "not even over %d after %d s".formatted(addresses.size(), LIMIT.toSeconds()));
        telling.pause(2000);
      }
      boolean verified = shop.await(POOL, LIMIT, Shop::verified);
      load.close();
      return result(stage, start, steps, load, verified && quiet(shop, before, watch));
    }
  }

  /** Nothing was called drift, and no correction was made. */
  private static boolean quiet(Shop shop, BalancedBackendPoolStatus before, DriftWatch watch) {
    BalancedBackendPoolStatus now = shop.status(POOL).orElseThrow();
    return !watch.drifted()
        && Objects.equals(now.lastCorrection(), before.lastCorrection())
        && Objects.equals(now.lastDrift(), before.lastDrift());
  }

  private Result result(
      HaproxyStage stage,
      Map<String, Double> start,
      List<Disturbance> steps,
      LoadGenerator load,
      boolean verified) {
    Map<String, Double> desired = Shares.equal(stage.web());
    Map<String, Map<String, Double>> end = stage.fleet().section(HaproxyStage.ELASTIC).shares();
    boolean followed = steps.stream().allMatch(Disturbance::even);
    double slowest =
        steps.stream().mapToDouble(s -> s.milliseconds().orElse(Double.NaN)).max().orElseThrow();
    LoadReport all = load.report();
    long lost = steps.stream().mapToLong(s -> all.failedBetween(s.begun(), s.ended())).sum();
    return new Result(
        id(),
        "desired",
        "haproxy",
        null,
        followed ? slowest : null,
        null,
        new Result.Shares(
            desired,
            start,
            Shares.furthest(steps.getFirst().drifted(), Shares.equal(stage.all())),
            Shares.furthest(end, desired)),
        new Result.Requests(all.total(), all.failed(), lost),
        null,
        followed && Shares.even(end, desired),
        verified,
        followed
            ? "5 → 7 → 4 → 5 followed in at most %.0f ms, %s, %,d of %,d requests lost"
                .formatted(
                    slowest,
                    verified ? "nothing of it called drift" : "but called drift or not verified",
                    all.failed(),
                    all.total())
            : "not followed within " + LIMIT.toSeconds() + " s");
  }
}
