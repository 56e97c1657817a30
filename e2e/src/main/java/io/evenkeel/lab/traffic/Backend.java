package io.evenkeel.lab.traffic;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A real HTTP/1.1 backend that serves a bounded number of requests a second. What comes faster
 * waits in a short queue, and what the queue does not hold is answered 503 at once: an overloaded
 * backend loses requests, as a real one does.
 *
 * <p>Every answer names the backend in {@value #NAME_HEADER}. {@code /healthz} answers 200 or 503
 * as {@link #healthy(boolean)} was told, without using capacity. A request with {@code Upgrade} is
 * answered 101 and then echoed until the peer hangs up, as a WebSocket would hold its connection.
 */
public final class Backend implements AutoCloseable {
  /** The response header that carries the name of the backend. */
  public static final String NAME_HEADER = "X-Backend";

  private static final int MAX_HEAD = 16 * 1024;
  private static final long QUEUE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final String name;
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong served = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong nextSlot = new AtomicLong(System.nanoTime());
  private final long slotNanos;
  private volatile boolean healthy = true;

  private Backend(String name, ServerSocket server, int perSecond) {
    this.name = name;
    this.server = server;
    this.slotNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /**
   * @param perSecond how many requests it can serve a second, 1..1,000,000
   * @throws IOException when the address cannot be bound
   */
  public static Backend start(String name, String ip, int port, int perSecond) throws IOException {
    if (perSecond < 1 || perSecond > 1_000_000) {
      throw new IllegalArgumentException("capacity must be 1..1000000 a second: " + perSecond);
    }
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getByName(ip), port), 1024);
    Backend backend = new Backend(name, server, perSecond);
    Thread.ofVirtual().name("backend-" + name).start(backend::accept);
    return backend;
  }

  /** The name in its answers. */
  public String name() {
    return name;
  }

  /** Where it listens, as {@code ip:port}. */
  public String address() {
    return server.getInetAddress().getHostAddress() + ":" + server.getLocalPort();
  }

  /** Requests answered with 200 so far. */
  public long served() {
    return served.get();
  }

  /** Requests turned away because it was overloaded. */
  public long refused() {
    return refused.get();
  }

  /** What {@code /healthz} says from now on; other requests are served all the same. */
  public void healthy(boolean value) {
    healthy = value;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // close() ends the loop
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        if (head.toLowerCase(java.util.Locale.ROOT).contains("\r\nupgrade:")) {
          out.write(
              response("101 Switching Protocols", "Connection: Upgrade\r\nUpgrade: echo\r\n"));
          in.transferTo(out);
          return;
        }
        out.write(answer(head));
        out.flush();
      }
    } catch (IOException peerLeft) {
      // a proxy that was killed leaves its connections behind
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private byte[] answer(String head) throws InterruptedException {
    if (head.startsWith("GET /healthz ")) {
      return response(healthy ? "200 OK" : "503 Service Unavailable", "Content-Length: 0\r\n");
    }
    long now = System.nanoTime();
    // The time from which a request that comes now would be served; a slot is taken only if that is
    // near enough.
    long begin = nextSlot.getAndUpdate(next -> tooFar(next, now) ? next : next(next, now));
    if (tooFar(begin, now)) {
      refused.incrementAndGet();
      return response("503 Service Unavailable", "Content-Length: 0\r\n");
    }
    TimeUnit.NANOSECONDS.sleep(begin - now);
    served.incrementAndGet();
    return response("200 OK", "Content-Length: 0\r\n");
  }

  private static boolean tooFar(long begin, long now) {
    return begin - now > QUEUE_NANOS;
  }

  private long next(long begin, long now) {
    return Math.max(begin, now) + slotNanos;
  }

  private byte[] response(String status, String headers) {
    return ("HTTP/1.1 " + status + "\r\n" + NAME_HEADER + ": " + name + "\r\n" + headers + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The next request's head; empty at the end of the connection. Requests have no body here. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int last4 = 0;
    for (int read = in.read(); read >= 0; read = in.read()) {
      head.write(read);
      last4 = (last4 << 8) | read;
      if (last4 == 0x0d0a0d0a) {
        return head.toString(StandardCharsets.ISO_8859_1);
      }
      if (head.size() > MAX_HEAD) {
        throw new IOException("request head over " + MAX_HEAD + " bytes");
      }
    }
    return "";
  }

  /** Stops listening and hangs up on everybody. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
