package io.evenkeel.api.v1alpha1;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The durations of this API, in the notation of Gateway API (GEP-2257): one to four of {@code h},
 * {@code m}, {@code s} and {@code ms}, each with a whole number of at most five digits, such as
 * {@code 500ms}, {@code 10s} or {@code 1h30m}.
 */
public final class Durations {
  /** What the custom resource definitions demand of a duration. */
  public static final String PATTERN = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

  private static final Pattern WHOLE = Pattern.compile(PATTERN);
  private static final Pattern PART = Pattern.compile("([0-9]{1,5})(ms|h|m|s)");

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException with a sentence that says what to write instead
   */
  public static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not a duration: write whole numbers with a unit each (h, m, s or ms), such"
              + " as 500ms, 10s or 1h30m");
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "h" -> Duration.ofHours(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "s" -> Duration.ofSeconds(amount);
                default -> Duration.ofMillis(amount);
              });
    }
    return sum;
  }

  /**
   * Writes a duration in its shortest form, largest unit first: {@code 1h30m}, {@code 1s500ms},
   * {@code 0s}. What is below a millisecond is cut off.
   *
   * @throws IllegalArgumentException if it is negative or longer than 99999 hours
   */
  public static String format(Duration duration) {
    if (duration.isNegative() || duration.toHours() > 99_999) {
      throw new IllegalArgumentException(
          duration + " cannot be written: durations are from 0s to 99999h");
    }
    StringBuilder text = new StringBuilder();
    append(text, duration.toHours(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    append(text, duration.toMillisPart(), "ms");
    return text.length() == 0 ? "0s" : text.toString();
  }

  private static void append(StringBuilder text, long amount, String unit) {
    if (amount > 0) {
      text.append(amount).append(unit);
    }
  }

  /** For {@link Span}. */
  static final class ToText extends StdScalarSerializer<Duration> {
    private static final long serialVersionUID = 1;

    ToText() {
      super(Duration.class);
    }

    @Override
    public void serialize(Duration value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(format(value));
    }
  }

  /** For {@link Span}. */
  static final class FromText extends StdScalarDeserializer<Duration> {
    private static final long serialVersionUID = 1;

    FromText() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser in, DeserializationContext context) throws IOException {
      String text = in.getValueAsString("");
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        return (Duration)
            context.handleWeirdStringValue(Duration.class, text, "%s", e.getMessage());
      }
    }
  }
}
