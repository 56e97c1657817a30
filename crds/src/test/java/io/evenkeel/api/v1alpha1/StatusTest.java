package io.evenkeel.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.BackendStatus;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.LastCorrection;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus.ModeInForce;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Status as it goes over the wire. */
class StatusTest {
  private static final Instant AT = Instant.parse("2026-11-23T12:03:11.250Z");

  private static BalancedBackendPoolStatus status() {
    return new BalancedBackendPoolStatus(
        3L,
        "public",
        ModeInForce.Correct,
        "shop.example.com",
        "2/2",
        "3/3",
        Percent.of(1, 8),
        null,
        null,
        List.of(new Condition("Ready", Condition.Status.True, "Ready", "", AT, 3L)),
        List.of(new BackendStatus("blue", 2, 128, Percent.of(2, 3), null, null, null, null, null)),
        null,
        List.of(),
        null,
        new LastCorrection("green back to 128", AT, 12L),
        null,
        null);
  }

  @Test
  void writesWhatIsKnownAndNothingElse() {
    JsonNode written = Serialization.unmarshal(Serialization.asJson(status()), JsonNode.class);

    assertThat(written)
        .isEqualTo(
            Serialization.<JsonNode>unmarshal(
                """
                observedGeneration: 3
                balancerClassName: public
                mode: Correct
                hosts: shop.example.com
                backendsReady: 2/2
                live: 3/3
                maxDeviationPercent: "12.50"
                conditions:
                - {type: Ready, status: "True", reason: Ready, message: "",
                   lastTransitionTime: "2026-11-23T12:03:11.250Z", observedGeneration: 3}
                backends:
                - {name: blue, readyEndpoints: 2, weight: 128, desiredPercent: "66.67"}
                lastCorrection:
                  {what: green back to 128, time: "2026-11-23T12:03:11.250Z", tookMilliseconds: 12}
                """,
                JsonNode.class));
  }

  @Test
  void readsWhatItWrote() {
    assertThat(
            Serialization.unmarshal(
                Serialization.asYaml(status()), BalancedBackendPoolStatus.class))
        .isEqualTo(status());
  }

  @Test
  void ignoresFieldsOfANewerVersion() {
    BalancedBackendPool pool =
        Serialization.unmarshal(
            """
            apiVersion: evenkeel.io/v1alpha1
            kind: BalancedBackendPool
            metadata: {name: shop, namespace: shop}
            spec:
              backends: [{name: blue, service: {name: blue, port: 80, scheme: h2c}, zone: a}]
              fairness: high
            status: {mood: good, backends: [{name: blue, colour: blue}]}
            """,
            BalancedBackendPool.class);

    assertThat(pool.getSpec().backends())
        .singleElement()
        .satisfies(backend -> assertThat(backend.capacity()).isEqualTo(1));
    assertThat(pool.getStatus().backends()).hasSize(1);
    assertThat(pool.getStatus().conditions()).isEmpty();
    assertThat(Serialization.asYaml(pool)).doesNotContain("null", "mood", "targetRefs: []");
  }
}
