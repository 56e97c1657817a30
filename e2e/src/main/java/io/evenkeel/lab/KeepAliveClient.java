package io.evenkeel.lab;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * GETs one path over connections that are kept and used again. As browsers do, it repeats a request
 * once on a new connection if a kept one turns out to be closed before a byte of the answer came.
 */
final class KeepAliveClient implements AutoCloseable {
  private final InetSocketAddress target;
  private final byte[] request;
  private final Duration timeout;
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();

  /** {@code status} is {@link LoadReport#NO_ANSWER} if there was none in time. */
  record Answer(int status, String backend) {}

  private record Connection(Socket socket, InputStream in) {
    void close() {
      try {
        socket.close();
      } catch (IOException _) {
        // It is being thrown away.
      }
    }
  }

  KeepAliveClient(InetSocketAddress target, String host, String path, Duration timeout) {
    this.target = target;
    this.timeout = timeout;
    this.request =
        "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n"
            .formatted(path, host)
            .getBytes(StandardCharsets.ISO_8859_1);
  }

  Answer get() {
    @Nullable Connection kept = idle.pollFirst();
    try {
      if (kept != null) {
        @Nullable Answer answer = tryKept(kept);
        if (answer != null) {
          return answer;
        }
      }
      return fresh();
    } catch (IOException _) {
      return new Answer(LoadReport.NO_ANSWER, "");
    }
  }

  /** Null if the connection had been closed before it answered anything. */
  private @Nullable Answer tryKept(Connection kept) throws IOException {
    int first;
    try {
      kept.socket().getOutputStream().write(request);
      first = kept.in().read();
    } catch (java.net.SocketTimeoutException e) {
      kept.close();
      throw e;
    } catch (IOException _) {
      first = -1;
    }
    if (first < 0) {
      kept.close();
      return null;
    }
    return read(kept, first);
  }

  private Answer fresh() throws IOException {
    Socket socket = new Socket();
    Connection connection;
    int first;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) timeout.toMillis());
      socket.connect(target, (int) timeout.toMillis());
      connection = new Connection(socket, new BufferedInputStream(socket.getInputStream(), 1_024));
      socket.getOutputStream().write(request);
      first = connection.in().read();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return read(connection, first);
  }

  private Answer read(Connection connection, int first) throws IOException {
    boolean keep = false;
    try {
      String[] status = ((char) first + line(connection.in())).split(" ", 3);
      if (status.length < 2) {
        throw new IOException("not HTTP");
      }
      String backend = "";
      long length = -1;
      boolean close = false;
      for (String h = line(connection.in()); !h.isEmpty(); h = line(connection.in())) {
        String lower = h.toLowerCase(Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          length = Long.parseLong(lower.substring(15).strip());
        } else if (lower.startsWith("x-backend:")) {
          backend = h.substring(10).strip();
        } else if (lower.startsWith("connection:")) {
          close = lower.contains("close");
        }
      }
      if (length >= 0) {
        connection.in().skipNBytes(length);
      }
      keep = length >= 0 && !close;
      return new Answer(Integer.parseInt(status[1]), backend);
    } catch (NumberFormatException e) {
      throw new IOException("not HTTP", e);
    } finally {
      if (keep) {
        idle.addFirst(connection);
      } else {
        connection.close();
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int c = in.read();
    for (; c >= 0 && c != '\n' && line.length() < 8_192; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    if (c != '\n') {
      throw new IOException("the answer broke off");
    }
    return line.toString();
  }

  @Override
  public void close() {
    for (Connection c = idle.pollFirst(); c != null; c = idle.pollFirst()) {
      c.close();
    }
  }
}
