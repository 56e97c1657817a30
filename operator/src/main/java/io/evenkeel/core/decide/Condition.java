package io.evenkeel.core.decide;

import java.time.Instant;

/** A condition of a pool as Kubernetes has them; the message carries numbers. */
public record Condition(
    String type, Status status, String reason, String message, Instant since, long generation) {
  /** True, False, or not known. */
  public enum Status {
    TRUE,
    FALSE,
    UNKNOWN
  }
}
