package io.evenkeel.api.v1alpha1;

/** Names that users and other programs rely on. */
public final class WellKnown {
  public static final String GROUP = "evenkeel.io";
  public static final String VERSION = "v1alpha1";

  /** The field manager of every write of the operator. */
  public static final String FIELD_MANAGER = "evenkeel";

  /** On a class, with the value {@code true}: pools that name no class get this one. */
  public static final String DEFAULT_CLASS_ANNOTATION = "evenkeel.io/is-default-class";

  /**
   * On a pool, an RFC 3339 time: a pause for on-call that Git does not revert. The later of this
   * and {@code spec.pause} counts.
   */
  public static final String PAUSE_UNTIL_ANNOTATION = "evenkeel.io/pause-until";

  /** On a pool, beside {@link #PAUSE_UNTIL_ANNOTATION}: why. */
  public static final String PAUSE_REASON_ANNOTATION = "evenkeel.io/pause-reason";

  /** On a pool: what has to be released before it may go. */
  public static final String FINALIZER = "evenkeel.io/release";

  private WellKnown() {}
}
