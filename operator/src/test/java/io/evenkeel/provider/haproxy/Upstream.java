package io.evenkeel.provider.haproxy;

import io.evenkeel.core.pool.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server that answers every request with its name and keeps the connection; a request to upgrade
 * gets 101, and then every line comes back after the name.
 */
final class Upstream implements AutoCloseable {
  private final Address address;
  private final ServerSocket listener;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  /** At a free port of this address. */
  Upstream(String ip) throws IOException {
    this.listener = new ServerSocket(0, 50, InetAddress.ofLiteral(ip));
    this.address = new Address(ip, listener.getLocalPort());
    Thread.ofVirtual().name("upstream " + address).start(this::accept);
  }

  Address address() {
    return address;
  }

  String name() {
    return address.toString();
  }

  /** Connections from the proxy that are open now, used or idle. */
  int connections() {
    return connections.size();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        connections.add(socket);
        Thread.ofVirtual().start(() -> converse(socket));
      }
    } catch (IOException over) {
      // closed with the test
    }
  }

  private void converse(Socket socket) {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      boolean upgrade = false;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        upgrade |= line.toLowerCase(Locale.ROOT).startsWith("upgrade:");
        if (line.isEmpty() && upgrade) {
          // To the key that is the example of RFC 6455 §1.3.
          say(
              socket,
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Name: "
                  + name()
                  + "\r\n\r\n");
          for (String said = in.readLine(); said != null; said = in.readLine()) {
            say(socket, name() + " " + said + "\n");
          }
          return;
        }
        if (line.isEmpty()) {
          say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Name: " + name() + "\r\n\r\n");
        }
      }
    } catch (IOException gone) {
      // the proxy went away
    } finally {
      connections.remove(socket);
    }
  }

  private static void say(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket each : connections) {
      each.close();
    }
  }
}
