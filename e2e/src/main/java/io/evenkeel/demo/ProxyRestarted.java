package io.evenkeel.demo;

import io.evenkeel.lab.LabException;
import io.evenkeel.lab.LoadGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A replica is killed and started again from its file, which knows nothing of the capacities that
 * the pool declares.
 */
final class ProxyRestarted implements Scenario {
  @Override
  public String id() {
    return "proxy-restarted";
  }

  @Override
  public Result play(Stages stages) throws IOException {
    HaproxyStage stage = stages.haproxy();
    stages.watch().begin("web");
    Map<String, Integer> capacities = new TreeMap<>();
    stage.web().forEach(address -> capacities.put(address, 1));
    capacities.put(stage.web().getFirst(), 2);
    Map<String, Double> desired = Shares.proportional(capacities);
    Proxies proxies = stage.fleet().section(HaproxyStage.WEB);
    HaproxyFleet.Edge edge = stage.fleet().edges().getFirst();
    stage.webPool(2);
    try (LoadGenerator load = stage.load(HaproxyStage.WEB);
        Telling telling =
            new Telling(
                stages.screen(),
                id(),
                "The first backend declares capacity 2, the others 1. Then "
                    + edge.name()
                    + " is killed and started again.",
                proxies,
                desired,
                load.report())) {
      if (!Shares.await(proxies, desired, Duration.ofSeconds(10))) {
        throw new LabException("the capacities were not followed: " + proxies.shares());
      }
      stages.watch().begin("web");
      telling.pause(1500);
      telling.live("as declared");
      return new Corrected(
              id(),
              "live",
              "haproxy",
              "web",
              stages.shop(),
              proxies,
              load,
              telling,
              OptionalLong::empty)
          .play(
              desired, edge.name() + " came back with the weights of its file", edge::killAndStart);
    } finally {
      stage.webPool(1);
    }
  }
}
