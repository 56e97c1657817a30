package io.evenkeel.wire;

import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Enforces {@link Limits} on any stream: a watchdog closes the transport when the time is up, so
 * that neither a slow drip, nor a peer that never reads, nor a handshake that never ends holds the
 * caller longer than the whole conversation may last.
 */
public final class BoundedConnection implements Connection {
  /** Opens the streams over a transport; the watchdog is already running, so it may block. */
  @FunctionalInterface
  public interface Opening {
    Streams open() throws IOException;
  }

  /** The two directions. */
  public record Streams(InputStream input, OutputStream output) {}

  private final Closeable transport;
  private final String peer;
  private final Limits limits;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean expired;
  private final InputStream input;
  private final OutputStream output;

  /**
   * @param transport closing it must wake up every thread that is blocked in {@code opening} or in
   *     the streams
   * @throws IOException when the opening fails; the transport is closed then
   */
  public static BoundedConnection open(
      String peer, Limits limits, Closeable transport, Opening opening) throws IOException {
    return new BoundedConnection(peer, limits, transport, opening);
  }

  private BoundedConnection(String peer, Limits limits, Closeable transport, Opening opening)
      throws IOException {
    this.peer = peer;
    this.limits = limits;
    this.transport = transport;
    Thread.ofVirtual().name("deadline " + peer).start(this::closeWhenTimeIsUp);
    try {
      Streams streams = opening.open();
      this.input = new BoundedInput(streams.input());
      this.output = new BoundedOutput(streams.output());
    } catch (IOException failure) {
      IOException told = explain(failure);
      close();
      throw told;
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void close() throws IOException {
    over.countDown();
    transport.close();
  }

  private void closeWhenTimeIsUp() {
    try {
      if (!over.await(limits.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
        expired = true;
        transport.close();
      }
    } catch (IOException ignored) {
      // It is given up either way; whoever is blocked on it gets its own exception.
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private IOException explain(IOException failure) {
    return expired
        ? new LimitExceeded(
            LimitExceeded.Kind.TIME,
            peer + " took longer than " + limits.timeout().toMillis() + " ms")
        : failure;
  }

  private final class BoundedInput extends BlockInput {
    private final InputStream in;
    private long left = limits.maxBytes();

    BoundedInput(InputStream in) {
      this.in = in;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        // One byte more than allowed is asked for, to tell an answer of exactly the limit from a
        // longer one.
        int read = in.read(buffer, offset, (int) Math.min(length, Math.max(1, left)));
        if (expired) {
          throw new IOException("closed");
        }
        if (read > 0 && left < read) {
          throw new LimitExceeded(
              LimitExceeded.Kind.BYTES,
              peer + " answered more than " + limits.maxBytes() + " bytes");
        }
        left -= Math.max(0, read);
        return read;
      } catch (LimitExceeded exceeded) {
        throw exceeded;
      } catch (IOException failure) {
        throw explain(failure);
      }
    }
  }

  private final class BoundedOutput extends FilterOutputStream {
    BoundedOutput(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      try {
        out.write(buffer, offset, length);
      } catch (IOException failure) {
        throw explain(failure);
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException failure) {
        throw explain(failure);
      }
    }
  }
}
