package io.evenkeel.provider;

/** What came of a write. A room reports what it saw and never retries by itself. */
public sealed interface Outcome {
  /**
   * Written, and read back where the target allows. {@code version} names the objects that were
   * written and their versions after it, as {@code Declared} does.
   */
  record Applied(String what, String version) implements Outcome {}

  /** It already was so: nothing was written. */
  record Unchanged() implements Outcome {}

  /** The target changed under us; look again at once. */
  record Conflict(String message) implements Outcome {}

  /** The target cannot take this until somebody changes something; the message says what. */
  record Refused(String reason, String message) implements Outcome {}

  /** It failed and may work later. */
  record Failed(String message) implements Outcome {}
}
