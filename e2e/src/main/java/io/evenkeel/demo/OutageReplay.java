package io.evenkeel.demo;

import io.evenkeel.lab.LoadGenerator;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The outage: a load balancer is told to send nearly everything to one server. First nobody
 * watches, then Evenkeel does.
 */
final class OutageReplay implements Scenario {
  private static final long SECONDS_WITHOUT = 5;

  @Override
  public String id() {
    return "outage-replay";
  }

  @Override
  public Result play(Stages stages) throws IOException {
    HaproxyStage stage = stages.haproxy();
    Map<String, Double> desired = Shares.equal(stage.web());
    Result.Without without = without(stages, stage, desired);
    stages.watch().begin("web");
    try (LoadGenerator load = stage.load(HaproxyStage.WEB);
        Telling telling =
            new Telling(
                stages.screen(),
                "outage-replay, with Evenkeel",
                "The same misconfiguration of both load balancers, with the operator running.",
                stage.fleet().section(HaproxyStage.WEB),
                desired,
                load.report())) {
      telling.pause(1500);
      telling.live("even");
      Result result =
          new Corrected(
                  id(),
                  "live",
                  "haproxy",
                  "web",
                  stages.shop(),
                  stage.fleet().section(HaproxyStage.WEB),
                  load,
                  telling,
                  OptionalLong::empty)
              .play(desired, "one server has weight 256, the others 1", () -> misconfigure(stage));
      return new Result(
          result.id(),
          result.rung(),
          result.provider(),
          result.detectedMs(),
          result.correctedMs(),
          result.proxiesEvenMs(),
          result.shares(),
          result.requests(),
          without,
          result.even(),
          result.verified(),
          "without Evenkeel %,d of %,d requests lost in %d s; with it %,d of %,d: %s"
              .formatted(
                  without.failed(),
                  without.total(),
                  SECONDS_WITHOUT,
                  result.requests().failed(),
                  result.requests().total(),
                  result.summary()));
    }
  }

  private static Result.Without without(
      Stages stages, HaproxyStage stage, Map<String, Double> desired) throws IOException {
    stages.watch().end();
    Proxies proxies = stage.fleet().section(HaproxyStage.WEB);
    try (LoadGenerator load = stage.load(HaproxyStage.WEB);
        Telling telling =
            new Telling(
                stages.screen(),
                "outage-replay, without Evenkeel",
                "Five backends, each good for 100 requests a second; 200 a second come in.",
                proxies,
                desired,
                load.report())) {
      telling.pause(1500);
      telling.live("even");
      Instant from = Instant.now();
      misconfigure(stage);
      telling.live("one server has weight 256, the others 1, and nobody watches");
      telling.pause(SECONDS_WITHOUT * 1000);
      Instant to = Instant.now();
      Map<String, Double> drifted = Shares.furthest(proxies.shares(), desired);
      set(stage, 10, 10);
      load.close();
      long total = load.report().totalBetween(from, to);
      long failed = load.report().failedBetween(from, to);
      telling.live(
          "%,d of %,d requests lost in %d s, until a person repaired it"
              .formatted(failed, total, SECONDS_WITHOUT));
      return new Result.Without(total, failed, drifted);
    }
  }

  private static void misconfigure(HaproxyStage stage) throws IOException {
    set(stage, 256, 1);
  }

  private static void set(HaproxyStage stage, int first, int others) throws IOException {
    Map<String, Integer> weights = new TreeMap<>();
    stage.web().forEach(address -> weights.put(address, others));
    weights.put(stage.web().getFirst(), first);
    for (HaproxyFleet.Edge edge : stage.fleet().edges()) {
      edge.byHand(HaproxyStage.WEB, weights);
    }
  }
}
