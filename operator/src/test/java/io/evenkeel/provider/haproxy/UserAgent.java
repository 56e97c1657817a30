package io.evenkeel.provider.haproxy;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection to a proxy's frontend, kept between requests. */
final class UserAgent implements AutoCloseable {
  private final Socket socket;
  private final BufferedReader in;

  UserAgent(int port) throws IOException {
    socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
    socket.setSoTimeout(10_000);
    in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
  }

  /**
   * @param headers further ones, each with its line end
   * @return the name of the {@link Upstream} that answered
   */
  String get(String headers) throws IOException {
    return answer("200", headers);
  }

  /** The handshake of RFC 6455 §1.3; what comes after it are bytes to the proxy. */
  String upgrade() throws IOException {
    return answer(
        "101",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  }

  private String answer(String status, String headers) throws IOException {
    say("GET / HTTP/1.1\r\nHost: shop.test\r\n" + headers + "\r\n");
    String first = line();
    if (!first.startsWith("HTTP/1.1 " + status)) {
      throw new IOException("instead of " + status + ": " + first);
    }
    String name = "";
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("x-name: ")) {
        name = line.substring(8);
      }
    }
    return name;
  }

  /** What the upstream says to a line, over the upgraded connection. */
  String echo(String line) throws IOException {
    say(line + "\n");
    return line();
  }

  private void say(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private String line() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new EOFException("the proxy hung up");
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
