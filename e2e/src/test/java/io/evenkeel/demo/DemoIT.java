package io.evenkeel.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demo keeps its promises, by its own figures. */
class DemoIT {
  @TempDir Path folder;

  @Test
  void theOutageDoesNotHappen() throws Exception {
    Path file = folder.resolve("report.json");

    int status =
        new CommandLine(new DemoCommand())
            .execute("--scenario", "outage-replay", "--json", file.toString());

    JsonNode report = new ObjectMapper().readTree(file.toFile());
    assertThat(status).as("%s", report).isZero();
    assertThat(report.at("/ok").asBoolean()).isTrue();
    JsonNode outage = report.at("/scenarios/0");
    assertThat(outage.at("/id").asText()).isEqualTo("outage-replay");
    // That it was the operator and not a person or a resync; how fast is the demo's to measure, not
    // a test's to time.
    assertThat(outage.at("/correctedMs").asDouble()).isBetween(0.1, 10_000.0);
    assertThat(outage.at("/detectedMs").asDouble())
        .isBetween(0.0, outage.at("/correctedMs").asDouble());
    assertThat(outage.at("/requests/failedDuringCorrection").asLong(-1)).isZero();
    assertThat(outage.at("/withoutEvenkeel/failed").asLong())
        .isGreaterThan(outage.at("/requests/failed").asLong() + 100);
    assertThat(outage.at("/shares/drifted/10.97.0.11:8080").asDouble()).isGreaterThan(0.9);
    assertThat(outage.at("/shares/after/10.97.0.11:8080").asDouble()).isEqualTo(0.2);
  }

  @Test
  void anUnknownScenarioIsRefused() {
    assertThat(new CommandLine(new DemoCommand()).execute("--scenario", "no-such")).isEqualTo(2);
  }
}
