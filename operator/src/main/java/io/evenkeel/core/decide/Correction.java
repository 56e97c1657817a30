package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Write;
import java.time.Instant;

/**
 * A write to make, and why.
 *
 * @param detectedAt when the cause was first seen; time to correct counts from here
 * @param cause for events and logs
 */
public record Correction(Kind kind, Write write, Instant detectedAt, String cause) {
  /** The two kinds of write. */
  public enum Kind {
    /** Desired changed; coalesced, never charged to the budget. */
    FOLLOW,
    /** Somebody else changed declared or live; at once, within the budget. */
    CORRECT
  }
}
