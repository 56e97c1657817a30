package io.evenkeel.runtime;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One line for each event, with the fields that its message names: {@code LOG.info("corrected
 * pool={}", pool)} has the message {@code corrected} and the field {@code pool}, in both formats. A
 * stack trace is the field {@code error}.
 */
public final class LogLines extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern PLACE = Pattern.compile("(?:\\s*\\b([a-z][a-z_]*)=\"?)?\\{}\"?");
  private static final Pattern BARE = Pattern.compile("[^\\s\"=\\p{Cntrl}]+");
  private static final int LONGEST_TRACE = 8_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private Format format = Format.TEXT;

  /** How a line is written. */
  public enum Format {
    /** {@code key=value}, quoted where needed (logfmt). */
    TEXT,
    /** One object. */
    JSON
  }

  /** Called by logback, with the name in any case. */
  public void setFormat(String name) {
    for (Format known : Format.values()) {
      if (known.name().equalsIgnoreCase(name)) {
        format = known;
        return;
      }
    }
    addWarn("\"" + name + "\" is no log format: write text or json");
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    Map<String, Object> fields = fields(event);
    String line = format == Format.JSON ? json(fields) : text(fields);
    return (line + '\n').getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, Object> fields(ILoggingEvent event) {
    Map<String, Object> named = new LinkedHashMap<>();
    String message = message(event, named);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("time", TIME.format(event.getInstant()));
    fields.put("level", event.getLevel().toString());
    String logger = event.getLoggerName();
    fields.put("logger", logger.substring(logger.lastIndexOf('.') + 1));
    fields.put("msg", message);
    if (event.getKeyValuePairs() != null) {
      event.getKeyValuePairs().forEach(pair -> named.put(pair.key, String.valueOf(pair.value)));
    }
    named.forEach(fields::putIfAbsent);
    if (event.getThrowableProxy() != null) {
      String trace = ThrowableProxyUtil.asString(event.getThrowableProxy()).strip();
      fields.put(
          "error", trace.length() > LONGEST_TRACE ? trace.substring(0, LONGEST_TRACE) : trace);
    }
    return fields;
  }

  /** The words of the message; what it names goes to {@code named}. */
  private static String message(ILoggingEvent event, Map<String, Object> named) {
    Object[] arguments = event.getArgumentArray();
    if (arguments == null) {
      return Objects.requireNonNullElse(event.getMessage(), "");
    }
    StringBuilder words = new StringBuilder();
    Matcher place = PLACE.matcher(event.getMessage());
    for (int i = 0; i < arguments.length && place.find(); i++) {
      if (place.group(1) == null) {
        place.appendReplacement(words, Matcher.quoteReplacement(String.valueOf(arguments[i])));
      } else {
        place.appendReplacement(words, "");
        named.put(
            place.group(1), arguments[i] instanceof Number n ? n : String.valueOf(arguments[i]));
      }
    }
    return place.appendTail(words).toString();
  }

  private static String text(Map<String, Object> fields) {
    return fields.entrySet().stream()
        .map(field -> field.getKey() + "=" + quoted(field.getValue().toString()))
        .collect(Collectors.joining(" "));
  }

  private static String quoted(String value) {
    return BARE.matcher(value).matches() ? value : json(value);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // Texts and numbers can always be written.
    }
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
