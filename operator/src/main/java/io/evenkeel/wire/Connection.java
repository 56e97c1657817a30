package io.evenkeel.wire;

import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A byte stream in both directions. Reads fail with an {@link java.io.IOException} when the
 * conversation takes longer than its deadline or is longer than its byte limit.
 */
public interface Connection extends Closeable {
  InputStream input();

  OutputStream output();
}
