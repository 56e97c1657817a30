package io.evenkeel.wire.http;

import java.io.IOException;

/** A proxy answered, but not with something that can be used. */
public final class AnswerException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** What is wrong with the answer. */
  public enum Reason {
    /** It ended before it was complete. */
    TRUNCATED,
    /** It is longer, deeper or has more elements than the limits allow. */
    TOO_LARGE,
    /** It is not what the protocol or the format asks for. */
    GARBAGE,
    /** It is a status other than 200. */
    REFUSED
  }

  public AnswerException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public AnswerException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
