package io.evenkeel.lab;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An HTTP/1.1 backend that can do so much and no more: requests queue for its capacity, and what
 * does not fit the queue gets 503. Answers with its name, in the body and in the header {@code
 * X-Backend}.
 *
 * <p>{@code /healthz} tells its health at no cost; a request with an {@code Upgrade} header gets
 * 101 and holds its connection until one side closes it.
 */
public final class Backend implements AutoCloseable {
  private static final int MAX_LINE = 8_192;

  private final String name;
  private final InetSocketAddress address;
  private final ServerSocket listener;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final AtomicLong served = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private volatile Behaviour behaviour;
  private volatile long behaviourSince = System.nanoTime();
  private long freeAtNanos = behaviourSince;

  /**
   * @param perSecond capacity in requests per second, 0 for no limit
   * @param queue how many requests may wait for capacity
   * @param latency added to every answer
   * @param healthy what {@code /healthz} says: 200 or 503
   * @param slowStart the capacity grows from a tenth to full in this time
   */
  public record Behaviour(
      int perSecond, int queue, Duration latency, boolean healthy, Duration slowStart) {
    /** No limit, no delay, healthy. */
    public static Behaviour unlimited() {
      return new Behaviour(0, 0, Duration.ZERO, true, Duration.ZERO);
    }

    /** A capacity, with a queue of half a second. */
    public static Behaviour capacity(int perSecond) {
      return new Behaviour(perSecond, perSecond / 2, Duration.ZERO, true, Duration.ZERO);
    }

    /** The same with another health. */
    public Behaviour withHealth(boolean healthy) {
      return new Behaviour(perSecond, queue, latency, healthy, slowStart);
    }

    /** The same with another latency. */
    public Behaviour withLatency(Duration latency) {
      return new Behaviour(perSecond, queue, latency, healthy, slowStart);
    }

    /** The same with a slow start, beginning when it is set. */
    public Behaviour withSlowStart(Duration slowStart) {
      return new Behaviour(perSecond, queue, latency, healthy, slowStart);
    }
  }

  private Backend(String name, InetSocketAddress address, Behaviour behaviour) throws IOException {
    this.name = name;
    this.address = address;
    this.behaviour = behaviour;
    this.listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(address, 1_024);
  }

  /** Listens at once; the port may be taken again right after {@link #close}. */
  public static Backend start(String name, String address, int port, Behaviour behaviour) {
    try {
      InetSocketAddress socket = new InetSocketAddress(InetAddress.ofLiteral(address), port);
      Backend backend = new Backend(name, socket, behaviour);
      Thread.ofVirtual().name("backend-" + name).start(backend::accept);
      return backend;
    } catch (IOException e) {
      throw new LabException("backend " + name + ": " + e.getMessage(), e);
    }
  }

  public String name() {
    return name;
  }

  /** The IP address. */
  public String address() {
    return address.getAddress().getHostAddress();
  }

  public int port() {
    return address.getPort();
  }

  /** Requests answered with 200. */
  public long served() {
    return served.get();
  }

  /** Requests answered with 503 for lack of capacity. */
  public long rejected() {
    return rejected.get();
  }

  public Behaviour behaviour() {
    return behaviour;
  }

  /** Takes effect with the next request; a slow start begins now. */
  public void behave(Behaviour next) {
    behaviourSince = System.nanoTime();
    behaviour = next;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        connections.add(socket);
        Thread.ofVirtual().start(() -> converse(socket));
      } catch (IOException _) {
        // Closed, or one connection that failed before it began: the loop's condition decides.
      }
    }
  }

  private void converse(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        if (!answer(line, in, out)) {
          return;
        }
      }
    } catch (IOException _) {
      // The other side went away, or this backend was closed.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(socket);
    }
  }

  private boolean answer(String request, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    boolean upgrade = false;
    boolean close = false;
    long length = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String lower = header.toLowerCase(java.util.Locale.ROOT);
      upgrade |= lower.startsWith("upgrade:");
      close |= lower.startsWith("connection:") && lower.contains("close");
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring(15).strip());
      }
    }
    in.skipNBytes(length);
    if (upgrade) {
      served.incrementAndGet();
      write(out, "101 Switching Protocols", "Connection: Upgrade\r\nUpgrade: websocket\r\n", null);
      while (in.read() >= 0) {}
      return false;
    }
    if (request.split(" ", 3)[1].equals("/healthz")) {
      boolean healthy = behaviour.healthy();
      write(out, healthy ? "200 OK" : "503 Service Unavailable", "", healthy ? "ok" : "unhealthy");
      return !close;
    }
    long wait = admit();
    if (wait < 0) {
      rejected.incrementAndGet();
      write(out, "503 Service Unavailable", "", name + " is overloaded");
    } else {
      TimeUnit.NANOSECONDS.sleep(wait + behaviour.latency().toNanos());
      served.incrementAndGet();
      write(out, "200 OK", "", name);
    }
    return !close;
  }

  /** How long a request has to wait for its turn, in nanoseconds; −1 if the queue is full. */
  private synchronized long admit() {
    Behaviour now = behaviour;
    if (now.perSecond() == 0) {
      return 0;
    }
    long time = System.nanoTime();
    double warm =
        now.slowStart().isZero()
            ? 1
            : Math.clamp((time - behaviourSince) / (double) now.slowStart().toNanos(), 0.1, 1);
    long cost = (long) (1e9 / (now.perSecond() * warm));
    long wait = Math.max(0, freeAtNanos - time);
    if (wait > cost * Math.max(1, now.queue())) {
      return -1;
    }
    freeAtNanos = time + wait + cost;
    return wait;
  }

  private void write(
      OutputStream out,
      String status,
      String headers,
      @org.jspecify.annotations.Nullable String body)
      throws IOException {
    String length = body == null ? "" : "Content-Length: " + body.length() + "\r\n";
    String text =
        "HTTP/1.1 %s\r\nX-Backend: %s\r\n%s%s\r\n%s"
            .formatted(status, name, length, headers, body == null ? "" : body);
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
      if (line.length() > MAX_LINE) {
        throw new IOException("line too long");
      }
    }
    return line.toString();
  }

  /** Stops listening and drops every connection, as a crash does. */
  @Override
  public void close() {
    try {
      listener.close();
      for (Socket connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new LabException("backend " + name + ": " + e.getMessage(), e);
    }
  }
}
