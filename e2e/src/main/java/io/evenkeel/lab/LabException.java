package io.evenkeel.lab;

/** The lab could not be brought up or a part of it failed; the message says which and why. */
public final class LabException extends RuntimeException {
  public LabException(String message) {
    super(message);
  }

  public LabException(String message, Throwable cause) {
    super(message, cause);
  }
}
