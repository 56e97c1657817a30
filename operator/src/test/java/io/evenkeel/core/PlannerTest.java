package io.evenkeel.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.core.plan.Effect;
import io.evenkeel.core.plan.Plan;
import io.evenkeel.core.plan.Planner;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Unit;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.share.Share;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final Share TWO_PERCENT = Share.of(2, 100);

  @Test
  void weighsByEndpointsOrByBackends() {
    List<Backend> backends = List.of(Pools.backend("a", 1, 1, 4), Pools.backend("b", 2, 2, 6));

    assertThat(weights(backends, Unit.ENDPOINT, Scale.GATEWAY_API))
        .isEqualTo(Map.of("a", 1, "b", 3));
    assertThat(weights(backends, Unit.BACKEND, Scale.GATEWAY_API))
        .isEqualTo(Map.of("a", 1, "b", 2));
  }

  @Test
  void kongNeedsWeightsThatItsDivisionLeavesWhole() {
    Scale kong =
        new Scale(Scale.Granularity.BACKEND, 1_000_000, Scale.Quantisation.INTEGER_PER_ENDPOINT);
    List<Backend> backends = List.of(Pools.backend("a", 1, 1, 2), Pools.backend("b", 1, 2, 8));

    assertThat(weights(backends, Unit.BACKEND, kong)).isEqualTo(Map.of("a", 8, "b", 8));
    assertThat(Effect.perBackend(kong.quantisation(), backends, Map.of("a", 1, "b", 1)).share("b"))
        .as("what the naive 1:1 would do")
        .isEqualTo(Share.of(8, 10));
  }

  @Test
  void wholePercentsSumToOneHundredAndSayHowFarOffTheyAre() {
    Scale f5 = new Scale(Scale.Granularity.BACKEND, 100, Scale.Quantisation.WHOLE_PERCENT);
    List<Backend> thirds =
        List.of(
            Pools.backend("a", 1, 1, 1), Pools.backend("b", 1, 2, 1), Pools.backend("c", 1, 3, 1));

    Plan plan = Planner.plan(thirds, Unit.ENDPOINT, f5, Share.of(1, 100));

    assertThat(plan.weights())
        .contains(new Weights.PerBackend(new TreeMap<>(Map.of("a", 33, "b", 33, "c", 34))));
    assertThat(plan.deviation()).isEqualTo(Share.of(2, 100));
    assertThat(plan.problem().orElseThrow().reason()).isEqualTo("EvennessNotAchievable");
  }

  @Test
  void flooringNeverLeavesASmallBackendWithoutTraffic() {
    Scale ngf =
        new Scale(Scale.Granularity.BACKEND, 1_000_000, Scale.Quantisation.FLOOR_HUNDREDTH_PERCENT);
    List<Backend> backends =
        List.of(
            Pools.backend("a", 1, 1, 1),
            Pools.backend("b", 1000, 2, 30),
            Pools.backend("c", 0, 3, 1));

    Plan plan = Planner.plan(backends, Unit.ENDPOINT, ngf, TWO_PERCENT);

    assertThat(plan.effective().shares().firstEntry().getValue()).isEqualTo(Share.of(1, 10_000));
    assertThat(plan.withinTolerance()).isFalse();
  }

  @Test
  void nothingReadyGivesNoWeights() {
    Plan plan =
        Planner.plan(
            List.of(Pools.backend("a", 1, 1, 0)), Unit.ENDPOINT, Scale.GATEWAY_API, TWO_PERCENT);

    assertThat(plan.weights()).isEmpty();
    assertThat(plan.problem().orElseThrow().reason()).isEqualTo("NoReadyEndpoints");
  }

  @Property(tries = 200)
  void whateverThePoolWeightsAreExpressibleEvenAndDropNobody(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 0, max = 1000) Integer> capacities,
      @ForAll @Size(min = 8, max = 8) List<@IntRange(min = 0, max = 20) Integer> ready,
      @ForAll Unit unit,
      @ForAll Scale.Quantisation quantisation,
      @ForAll Scale.Granularity granularity) {
    Scale scale =
        new Scale(
            granularity,
            granularity == Scale.Granularity.ENDPOINT ? 256 : 1_000_000,
            granularity == Scale.Granularity.ENDPOINT ? Scale.Quantisation.EXACT : quantisation);
    List<Backend> backends = new ArrayList<>();
    for (int i = 0; i < capacities.size(); i++) {
      backends.add(Pools.backend("b" + i, capacities.get(i), i, ready.get(i)));
    }

    Plan plan = Planner.plan(backends, unit, scale, TWO_PERCENT);

    assertThat(plan.weights().isPresent()).isEqualTo(!plan.desired().isNone());
    if (plan.weights().isEmpty()) {
      return;
    }
    assertThat(Effect.perEndpoint(scale.quantisation(), backends, plan.weights().get()))
        .isEqualTo(plan.effective());
    assertThat(plan.withinTolerance()).isEqualTo(plan.problem().isEmpty());
    plan.desired()
        .shares()
        .forEach((endpoint, share) ->
            assertThat(share.isZero() || !plan.effective().share(endpoint).isZero())
                .as("%s keeps its traffic", endpoint)
                .isTrue());
    int largest =
        switch (plan.weights().get()) {
          case Weights.PerBackend(var weights) -> Collections.max(weights.values());
          case Weights.PerEndpoint(var weights) -> Collections.max(weights.values());
        };
    assertThat(largest).isBetween(1, scale.max());
    if (scale.quantisation() == Scale.Quantisation.EXACT) {
      Collections.reverse(backends);
      assertThat(Planner.plan(backends, unit, scale, TWO_PERCENT)).isEqualTo(plan);
    }
  }

  private static Map<String, Integer> weights(List<Backend> backends, Unit unit, Scale scale) {
    return switch (Planner.plan(backends, unit, scale, TWO_PERCENT).weights().orElseThrow()) {
      case Weights.PerBackend(var weights) -> weights;
      case Weights.PerEndpoint(var weights) -> throw new AssertionError(weights);
    };
  }
}
