package io.evenkeel.provider;

/** What came of a write. A room reports what it saw and never retries by itself. */
public sealed interface Outcome {
  /** Written, and read back where the target allows. {@code version} is the object's after it. */
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
