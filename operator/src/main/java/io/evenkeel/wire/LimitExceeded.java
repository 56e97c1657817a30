package io.evenkeel.wire;

import java.io.IOException;

/** A peer was cut off: it took too long, or said too much. */
public final class LimitExceeded extends IOException {
  private static final long serialVersionUID = 1;

  /** Which limit. */
  public enum Kind {
    TIME,
    BYTES
  }

  private final Kind kind;

  public LimitExceeded(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
