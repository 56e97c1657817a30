package io.evenkeel.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * A percentage with exactly two decimals, as status carries it: a string such as {@code "61.20"}.
 * Text, because the Kubernetes API conventions keep floating point out of objects; two decimals
 * always, so that equal values are equal text and status is not rewritten for noise.
 *
 * @param hundredths of a percent, from 0 to {@link #MAX}
 */
public record Percent(int hundredths) implements Comparable<Percent> {
  /** What the custom resource definitions demand. */
  public static final String PATTERN = "^(0|[1-9][0-9]{0,3})\\.[0-9]{2}$";

  /** 9999.99 %; what is larger is reported as this. */
  public static final int MAX = 999_999;

  private static final Pattern TEXT = Pattern.compile(PATTERN);

  public Percent {
    if (hundredths < 0 || hundredths > MAX) {
      throw new IllegalArgumentException(
          hundredths + " is not a percentage: hundredths are from 0 to " + MAX);
    }
  }

  /**
   * {@code part / whole} as a percentage, rounded half up, cut to {@link #MAX}.
   *
   * @throws IllegalArgumentException if the part is negative or the whole is not positive
   */
  public static Percent of(BigInteger part, BigInteger whole) {
    if (part.signum() < 0 || whole.signum() <= 0) {
      throw new IllegalArgumentException(part + "/" + whole + " is not a share");
    }
    BigInteger doubled = whole.shiftLeft(1);
    BigInteger rounded = part.multiply(BigInteger.valueOf(20_000)).add(whole).divide(doubled);
    return new Percent(rounded.min(BigInteger.valueOf(MAX)).intValueExact());
  }

  /** {@code part / whole} as a percentage, rounded half up, cut to {@link #MAX}. */
  public static Percent of(long part, long whole) {
    return of(BigInteger.valueOf(part), BigInteger.valueOf(whole));
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  @JsonCreator
  public static Percent parse(String text) {
    if (!TEXT.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a percentage with two decimals, such as 61.20");
    }
    return new Percent(Integer.parseInt(text.replace(".", "")));
  }

  @Override
  public int compareTo(Percent other) {
    return Integer.compare(hundredths, other.hundredths);
  }

  /** Such as {@code 61.20}, without the sign. */
  @Override
  @JsonValue
  public String toString() {
    int rest = hundredths % 100;
    return hundredths / 100 + (rest < 10 ? ".0" : ".") + rest;
  }
}
