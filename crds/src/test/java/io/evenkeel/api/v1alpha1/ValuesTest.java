package io.evenkeel.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.api.v1alpha1.LabelSelector.Operator;
import io.evenkeel.api.v1alpha1.LabelSelector.Requirement;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations, percentages, selectors and templates. */
class ValuesTest {
  @ParameterizedTest
  @CsvSource({
    "200ms, 200, 200ms",
    "2s, 2000, 2s",
    "1m30s, 90000, 1m30s",
    "90s, 90000, 1m30s",
    "1h, 3600000, 1h",
    "24h, 86400000, 24h",
    "1s500ms, 1500, 1s500ms",
    "1m1ms, 60001, 1m1ms",
    "0s, 0, 0s",
    "99999h, 359996400000, 99999h"
  })
  void durationsAreReadAndWritten(String text, long milliseconds, String shortest) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(milliseconds));
    assertThat(Durations.format(Duration.ofMillis(milliseconds))).isEqualTo(shortest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "2", "s", "1.5s", "-1s", "1 s", "2d", "123456s", "1s1s1s1s1s", "1s\n"})
  void otherTextIsNoDuration(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Durations.parse(text))
        .withMessageContaining("such as 500ms, 10s or 1h30m");
  }

  @Test
  void durationsOutsideTheNotationAreNotWritten() {
    assertThatIllegalArgumentException().isThrownBy(() -> Durations.format(Duration.ofMillis(-1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Durations.format(Duration.ofHours(100_000)));
  }

  @Test
  void aBadDurationInAnObjectIsNamed() {
    assertThatThrownBy(
            () -> Serialization.unmarshal("request: soon", BalancedBackendPoolSpec.Timeouts.class))
        .hasStackTraceContaining("\"soon\" is not a duration");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2, 50.00",
    "2, 3, 66.67",
    "1, 3, 33.33",
    "0, 5, 0.00",
    "1, 1, 100.00",
    "1, 20000, 0.01",
    "1, 20001, 0.00",
    "5, 4, 125.00",
    "1000000, 1, 9999.99",
    "7, 100, 7.00",
    "123, 10000, 1.23"
  })
  void percentagesHaveTwoDecimals(long part, long whole, String text) {
    assertThat(Percent.of(part, whole)).hasToString(text).isEqualTo(Percent.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "50", "50.0", "50.000", "050.00", "-1.00", "10000.00", "50,00", "50.00%"})
  void otherTextIsNoPercentage(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Percent.parse(text));
  }

  @Test
  void sharesOfNothingAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Percent.of(1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> Percent.of(-1, 2));
    assertThat(Percent.parse("9.99")).isLessThan(Percent.parse("10.00"));
  }

  @Test
  void selectorsMatchAsKubernetesDoes() {
    Map<String, String> labels = Map.of("app", "envoy", "tier", "edge");

    assertThat(LabelSelector.of(Map.of("app", "envoy")).matches(labels)).isTrue();
    assertThat(LabelSelector.of(Map.of("app", "envoy", "a", "b")).matches(labels)).isFalse();
    assertThat(requirement("app", Operator.In, "envoy", "x").matches(labels)).isTrue();
    assertThat(requirement("app", Operator.In, "x").matches(labels)).isFalse();
    assertThat(requirement("app", Operator.NotIn, "x").matches(labels)).isTrue();
    assertThat(requirement("absent", Operator.NotIn, "x").matches(labels)).isTrue();
    assertThat(requirement("app", Operator.NotIn, "envoy").matches(labels)).isFalse();
    assertThat(requirement("app", Operator.Exists).matches(labels)).isTrue();
    assertThat(requirement("absent", Operator.Exists).matches(labels)).isFalse();
    assertThat(requirement("absent", Operator.DoesNotExist).matches(labels)).isTrue();
    assertThat(requirement("app", Operator.DoesNotExist).matches(labels)).isFalse();
  }

  @Test
  void aSelectorWithoutRequirementsSelectsNothing() {
    assertThat(LabelSelector.of(Map.of()).matches(Map.of("app", "envoy"))).isFalse();
  }

  private static LabelSelector requirement(String key, Operator operator, String... values) {
    return new LabelSelector(Map.of(), List.of(new Requirement(key, operator, List.of(values))));
  }

  @Test
  void backendNamesFollowTheTemplate() {
    var haproxy =
        Serialization.unmarshal(
            "backendName: lb-{namespace}_{pool}", BalancerClassSpec.HAProxy.class);
    assertThat(haproxy.backendNameOf("shop", "cart")).isEqualTo("lb-shop_cart");
  }
}
