package io.evenkeel.demo;

import io.evenkeel.lab.LoadGenerator;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Somebody changes one of two replicas by hand: half of the clients see it, which is why nobody
 * finds it.
 */
final class ProxyWeightsEdited implements Scenario {
  @Override
  public String id() {
    return "proxy-weights-edited";
  }

  @Override
  public Result play(Stages stages) throws IOException {
    HaproxyStage stage = stages.haproxy();
    stages.watch().begin("web");
    Map<String, Double> desired = Shares.equal(stage.web());
    Proxies proxies = stage.fleet().section(HaproxyStage.WEB);
    HaproxyFleet.Edge edge = stage.fleet().edges().getLast();
    String favoured = stage.web().get(1);
    int weight = edge.weights(HaproxyStage.WEB).getOrDefault(favoured, 1);
    Map<String, Integer> weights = Map.of(favoured, 8 * weight);
    try (LoadGenerator load = stage.load(HaproxyStage.WEB);
        Telling telling =
            new Telling(
                stages.screen(),
                id(),
                "Somebody with a shell on "
                    + edge.name()
                    + " gives one server eight times its weight.",
                proxies,
                desired,
                load.report())) {
      telling.pause(1500);
      telling.live("even");
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
              desired,
              edge.name() + " was changed by hand, its sibling was not",
              () -> edge.byHand(HaproxyStage.WEB, weights));
    }
  }
}
