package io.evenkeel.wire;

import java.io.IOException;

/**
 * Opens connections to one replica, however it is reached: TCP, TLS with a client certificate, a
 * Unix socket, or a stream through the API server's port-forward.
 */
public interface Dialer {
  /** For people: where this goes, without credentials. */
  String describe();

  /**
   * @throws IOException when it cannot be reached within the class's timeout
   */
  Connection dial() throws IOException;
}
