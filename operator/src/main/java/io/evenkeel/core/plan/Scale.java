package io.evenkeel.core.plan;

/**
 * What weights a provider can express and what it really does with them.
 *
 * @param granularity what a weight is attached to
 * @param max the largest weight, inclusive; the smallest is 0
 * @param quantisation how the implementation turns weights into shares
 */
public record Scale(Granularity granularity, int max, Quantisation quantisation) {
  /** HTTPRoute backendRefs on an implementation that takes relative weights as they are. */
  public static final Scale GATEWAY_API =
      new Scale(Granularity.BACKEND, 1_000_000, Quantisation.EXACT);

  /** HAProxy servers: 0..256, relative, per endpoint. */
  public static final Scale HAPROXY = new Scale(Granularity.ENDPOINT, 256, Quantisation.EXACT);

  /** What a weight is attached to. */
  public enum Granularity {
    BACKEND,
    ENDPOINT
  }

  /** How an implementation turns weights into shares. Sources: docs/decisions on quantisation. */
  public enum Quantisation {
    /** share = weight / Σ weights. Envoy, HAProxy, Traefik. */
    EXACT,
    /** Hundredths of a percent, floored; the last non-zero backend takes the rest. NGINX Gateway Fabric. */
    FLOOR_HUNDREDTH_PERCENT,
    /** weight / endpoints as an integer for each endpoint, at least 1. Kong. */
    INTEGER_PER_ENDPOINT,
    /** Whole percents that sum to 100, largest remainder to the last. F5 NGINX. */
    WHOLE_PERCENT
  }
}
