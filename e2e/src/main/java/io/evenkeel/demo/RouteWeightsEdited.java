package io.evenkeel.demo;

import io.evenkeel.lab.LoadGenerator;
import java.io.IOException;
import java.util.Map;

/** Somebody patches the weights of the HTTPRoute. */
final class RouteWeightsEdited implements Scenario {
  @Override
  public String id() {
    return "route-weights-edited";
  }

  @Override
  public Result play(Stages stages) throws IOException {
    GatewayStage stage = stages.gateway();
    stages.watch().begin(GatewayStage.POOL);
    Map<String, Double> desired = Shares.equal(stage.all());
    try (RouteWatch route = stage.watchRoute();
        LoadGenerator load = stage.load();
        Telling telling =
            new Telling(
                stages.screen(),
                id(),
                "Somebody patches the HTTPRoute: everything but 1 % to the Service blue.",
                stage.proxies(),
                desired,
                load.report())) {
      telling.pause(1500);
      telling.live("even");
      return new Corrected(
              id(),
              "declared",
              "gatewayapi",
              GatewayStage.POOL,
              stages.shop(),
              stage.proxies(),
              load,
              telling,
              route::evenAgain)
          .play(
              desired,
              "the route says 99 to 1, and Envoy does as it is told",
              () ->
                  stage
                      .saboteur()
                      .bendRoute(
                          Shop.NAMESPACE, GatewayStage.POOL, Map.of("blue", 99, "green", 1)));
    }
  }
}
