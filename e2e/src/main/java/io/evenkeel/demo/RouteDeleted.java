package io.evenkeel.demo;

import io.evenkeel.lab.LoadGenerator;
import java.io.IOException;
import java.util.Map;

/** Somebody deletes the HTTPRoute. */
final class RouteDeleted implements Scenario {
  @Override
  public String id() {
    return "route-deleted";
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
                "Somebody deletes the HTTPRoute under load.",
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
              "the route is gone, and Envoy answers 404",
              () -> stage.saboteur().deleteRoute(Shop.NAMESPACE, GatewayStage.POOL));
    }
  }
}
