package io.evenkeel.core.share;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * An exact, non-negative fraction in lowest terms. A share of the requests lies in 0..1; sums,
 * ratios and relative deviations may be larger.
 */
public record Share(BigInteger numerator, BigInteger denominator) implements Comparable<Share> {
  public static final Share ZERO = new Share(BigInteger.ZERO, BigInteger.ONE);
  public static final Share ONE = new Share(BigInteger.ONE, BigInteger.ONE);

  /**
   * Reduces to lowest terms.
   *
   * @throws IllegalArgumentException when the denominator is not positive or the numerator is
   *     negative
   */
  public Share {
    if (denominator.signum() <= 0 || numerator.signum() < 0) {
      throw new IllegalArgumentException("not a share: " + numerator + "/" + denominator);
    }
    BigInteger gcd = numerator.gcd(denominator);
    numerator = numerator.divide(gcd);
    denominator = denominator.divide(gcd);
  }

  public static Share of(long numerator, long denominator) {
    return new Share(BigInteger.valueOf(numerator), BigInteger.valueOf(denominator));
  }

  public Share plus(Share other) {
    return new Share(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator));
  }

  public Share times(Share other) {
    return new Share(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
  }

  /**
   * @throws ArithmeticException when the divisor is zero
   */
  public Share dividedBy(Share divisor) {
    if (divisor.isZero()) {
      throw new ArithmeticException("division of a share by zero");
    }
    return new Share(
        numerator.multiply(divisor.denominator), denominator.multiply(divisor.numerator));
  }

  /** The absolute difference. */
  public Share distanceTo(Share other) {
    BigInteger difference =
        numerator.multiply(other.denominator).subtract(other.numerator.multiply(denominator));
    return new Share(difference.abs(), denominator.multiply(other.denominator));
  }

  public boolean isZero() {
    return numerator.signum() == 0;
  }

  /** For people and metrics only; nothing is decided on it. */
  public double toDouble() {
    return new BigDecimal(numerator)
        .divide(new BigDecimal(denominator), 12, RoundingMode.HALF_EVEN)
        .doubleValue();
  }

  /** As a percentage with one decimal, such as {@code 61.2 %}. */
  public String percent() {
    return new BigDecimal(numerator)
            .multiply(BigDecimal.valueOf(100))
            .divide(new BigDecimal(denominator), 1, RoundingMode.HALF_EVEN)
            .toPlainString()
        + " %";
  }

  @Override
  public int compareTo(Share other) {
    return numerator.multiply(other.denominator).compareTo(other.numerator.multiply(denominator));
  }

  @Override
  public String toString() {
    return numerator + "/" + denominator;
  }
}
