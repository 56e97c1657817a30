package io.evenkeel.wire.haproxy;

import java.io.IOException;

/**
 * What came back is not what HAProxy says: garbage, cut short, or a version that is not understood.
 */
public final class MalformedAnswer extends IOException {
  private static final long serialVersionUID = 1;
  private static final int QUOTED = 80;

  public MalformedAnswer(String message) {
    super(message);
  }

  /** A piece of a hostile answer, short and printable, for a message. */
  static String quote(String text) {
    String printable = text.replaceAll("[^\\x20-\\x7e]", "?");
    return '"'
        + (printable.length() > QUOTED ? printable.substring(0, QUOTED) + "…" : printable)
        + '"';
  }
}
