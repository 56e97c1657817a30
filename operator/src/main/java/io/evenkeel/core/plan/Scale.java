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

  /** How an implementation turns weights into shares. Sources: docs/quantisation.md. */
  public enum Quantisation {
    /** share = weight / Σ weights. Envoy, HAProxy, Traefik. */
    EXACT,
    /**
     * Hundredths of a percent, floored; the last backend, whatever its weight, takes the rest.
     * NGINX Gateway Fabric.
     */
    FLOOR_HUNDREDTH_PERCENT,
    /** weight / endpoints as an integer for each endpoint, at least 1. Kong. */
    INTEGER_PER_ENDPOINT,
    /** Whole percents that sum to 100. F5 NGINX refuses anything else. */
    WHOLE_PERCENT
  }
}
