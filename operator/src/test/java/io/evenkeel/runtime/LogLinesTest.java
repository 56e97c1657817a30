package io.evenkeel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  private static final Logger LOGGER = new LoggerContext().getLogger("io.evenkeel.reconcile.Act");

  private static String line(
      String format, @Nullable Throwable failure, String message, Object... arguments) {
    LoggingEvent event = new LoggingEvent("here", LOGGER, Level.WARN, message, failure, arguments);
    event.setInstant(Instant.parse("2024-02-05T09:00:00.250Z"));
    LogLines lines = new LogLines();
    lines.setFormat(format);
    return new String(lines.encode(event), StandardCharsets.UTF_8);
  }

  private static JsonNode json(@Nullable Throwable failure, String message, Object... arguments)
      throws IOException {
    return new ObjectMapper().readTree(line("json", failure, message, arguments));
  }

  @Test
  void whatTheMessageNamesIsAField() throws IOException {
    String message = "{} pool={} what=\"{}\" took_ms={} version={}";
    Object[] arguments = {"corrected", "shop/web", "blue 97 → 1, as \"asked\"", 12L, ""};
    assertThat(line("text", null, message, arguments))
        .isEqualTo(
            "time=2024-02-05T09:00:00.250Z level=WARN logger=Act msg=corrected pool=shop/web"
                + " what=\"blue 97 → 1, as \\\"asked\\\"\" took_ms=12 version=\"\"\n");
    JsonNode event = json(null, message, arguments);
    assertThat(event.at("/msg").asText()).isEqualTo("corrected");
    assertThat(event.at("/pool").asText()).isEqualTo("shop/web");
    assertThat(event.at("/what").asText()).isEqualTo("blue 97 → 1, as \"asked\"");
    assertThat(event.at("/took_ms").isNumber()).isTrue();
  }

  @Test
  void oneLineForEachEventAlsoWithLineBreaksAndStackTraces() throws IOException {
    IllegalStateException failure = new IllegalStateException("first\nsecond");
    for (String format : new String[] {"text", "json"}) {
      assertThat(line(format, failure, "pass failed key={}\nagain", "a\nb").lines()).hasSize(1);
    }
    JsonNode event = json(failure, "pass failed key={}", "a\nb");
    assertThat(event.at("/key").asText()).isEqualTo("a\nb");
    assertThat(event.at("/error").asText()).startsWith("java.lang.IllegalStateException: first");
  }

  @Test
  void aMessageWithoutFieldsStaysAsItIs() throws IOException {
    assertThat(line("text", null, "ended")).endsWith(" msg=ended\n");
    assertThat(json(null, "leader is {} of {}", "a", 2).at("/msg").asText())
        .isEqualTo("leader is a of 2");
    assertThat(json(null, "lost {} and {}", "a").at("/msg").asText()).isEqualTo("lost a and {}");
  }

  @Test
  void aFieldNeverReplacesTheTime() throws IOException {
    JsonNode event = json(null, "seen time={}", "yesterday");
    assertThat(event.at("/time").asText()).isEqualTo("2024-02-05T09:00:00.250Z");
  }
}
