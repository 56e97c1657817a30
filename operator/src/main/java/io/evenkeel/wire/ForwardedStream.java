package io.evenkeel.wire;

import io.fabric8.kubernetes.client.PortForward;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The two ends of a port-forward as a {@link Connection}. The Kubernetes client pumps one channel
 * to the pod and writes what comes back into the other, on threads of its own; neither may block
 * for ever, so both wait no longer than the deadline, and at most a few buffers wait between the
 * threads.
 */
final class ForwardedStream implements Connection {
  private static final int WAITING_BUFFERS = 16;

  private final String peer;
  private final long deadline;
  private final Pipe sent = new Pipe(Long.MAX_VALUE);
  private final Pipe received;
  private @Nullable PortForward forward;

  ForwardedStream(String peer, Duration timeout, long maxBytes) {
    this.peer = peer;
    this.deadline = System.nanoTime() + timeout.toNanos();
    this.received = new Pipe(maxBytes);
  }

  void attach(PortForward opened) {
    forward = opened;
  }

  ReadableByteChannel toPod() {
    return sent;
  }

  WritableByteChannel fromPod() {
    return received;
  }

  @Override
  public InputStream input() {
    return new BlockInput() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = received.read(ByteBuffer.wrap(buffer, offset, length));
        if (read < 0) {
          PortForward present = forward;
          if (present != null && present.errorOccurred()) {
            throw new IOException(
                peer + ": " + present.getServerThrowables() + present.getClientThrowables());
          }
        }
        return read;
      }
    };
  }

  @Override
  public OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        sent.write(ByteBuffer.wrap(bytes, offset, length));
      }
    };
  }

  @Override
  public void close() throws IOException {
    // The client's thread may be waiting to hand over bytes: free it first.
    received.abandon();
    sent.close();
    PortForward present = forward;
    if (present != null) {
      present.close();
    }
  }

  /** A short bounded queue of buffers with a channel at each end. */
  private final class Pipe implements ReadableByteChannel, WritableByteChannel {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ByteBuffer> waiting = new ArrayDeque<>();
    private final long limit;
    private long total;
    private boolean ended;
    private boolean abandoned;

    Pipe(long limit) {
      this.limit = limit;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (!target.hasRemaining()) {
        return 0;
      }
      lock.lock();
      try {
        while (waiting.isEmpty()) {
          if (total > limit) {
            throw new IOException(peer + ": more than " + limit + " bytes");
          }
          if (ended || abandoned) {
            return -1;
          }
          await();
        }
        ByteBuffer first = waiting.getFirst();
        int length = Math.min(first.remaining(), target.remaining());
        target.put(first.slice().limit(length));
        first.position(first.position() + length);
        if (!first.hasRemaining()) {
          waiting.removeFirst();
          changed.signalAll();
        }
        return length;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      lock.lock();
      try {
        while (waiting.size() >= WAITING_BUFFERS && !ended && !abandoned) {
          await();
        }
        if (ended || abandoned) {
          throw new ClosedChannelException();
        }
        int length = source.remaining();
        total += length;
        if (total > limit) {
          ended = true;
          changed.signalAll();
          throw new IOException(peer + ": more than " + limit + " bytes");
        }
        if (length > 0) {
          waiting.add(ByteBuffer.allocate(length).put(source).flip());
          changed.signalAll();
        }
        return length;
      } finally {
        lock.unlock();
      }
    }

    private void await() throws IOException {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new SocketTimeoutException(peer + " did not answer in time");
      }
      try {
        boolean unused = changed.await(left, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while talking to " + peer);
      }
    }

    @Override
    public boolean isOpen() {
      lock.lock();
      try {
        return !ended && !abandoned;
      } finally {
        lock.unlock();
      }
    }

    /** No more will be written; what waits can still be read. */
    @Override
    public void close() {
      lock.lock();
      try {
        ended = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** Nobody will read any more. */
    void abandon() {
      lock.lock();
      try {
        abandoned = true;
        waiting.clear();
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
