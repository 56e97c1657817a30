package io.evenkeel.api.v1alpha1;

/** The types of conditions, once. */
public final class ConditionTypes {
  // Of a pool, always present, Unknown when unknown.

  /**
   * The spec can be served by its class. Also a condition of the class: its spec is one that can be
   * worked with.
   */
  public static final String ACCEPTED = "Accepted";

  /** Every reference leads to something that may be used. */
  public static final String RESOLVED_REFS = "ResolvedRefs";

  /** The configuration carries the pool's weights and was accepted at this generation. */
  public static final String PROGRAMMED = "Programmed";

  /** Every counted proxy replica was read and carries them too. */
  public static final String LIVE_VERIFIED = "LiveVerified";

  /** Requests really go where they should. */
  public static final String BALANCED = "Balanced";

  /**
   * Accepted, ResolvedRefs and Programmed, and LiveVerified not False for longer than the settling
   * time.
   */
  public static final String READY = "Ready";

  // Of a pool, only while true.

  public static final String DRIFTED = "Drifted";
  public static final String CONTESTED = "Contested";
  public static final String PAUSED = "Paused";
  public static final String EVENNESS_NOT_ENFORCEABLE = "EvennessNotEnforceable";
  public static final String RECONCILING = "Reconciling";
  public static final String STALLED = "Stalled";

  // Of a class.

  /** The proxies of every fleet can be read. */
  public static final String PROBES_HEALTHY = "ProbesHealthy";

  private ConditionTypes() {}
}
