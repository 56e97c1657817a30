package io.evenkeel.wire;

import io.fabric8.kubernetes.client.http.WebSocket;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The kubelet's port-forward over a WebSocket as two streams. The first byte of a message tells its
 * channel: data, or an error; the first message of each only repeats the port. The next message is
 * asked for when there is room for it, so that a pod that says more than is read has to wait.
 *
 * <p>Nothing here knows a deadline: closing wakes everybody, and {@link BoundedConnection} closes
 * in time. No method blocks but those of a stream and {@link #awaitOpen}.
 */
final class ForwardedStream implements WebSocket.Listener, Closeable {
  static final String PROTOCOL = "v4.channel.k8s.io";

  private static final int DATA = 0;
  private static final int ERROR = 1;
  private static final int PORT_MESSAGES = 2;
  private static final int WAITING_MESSAGES = 16;
  private static final int NORMAL_CLOSURE = 1000;

  /** How long the reason of an end may be behind the end. */
  private static final Duration REASON = Duration.ofSeconds(1);

  private final String peer;
  private final String namespace;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<ByteBuffer> waiting = new ArrayDeque<>();
  private @Nullable WebSocket open;
  private @Nullable ForwardFailure failure;
  private int portMessages;
  private boolean paused;
  private boolean ended;
  private boolean closed;

  ForwardedStream(String peer, String namespace) {
    this.peer = peer;
    this.namespace = namespace;
  }

  @Override
  public void onOpen(WebSocket socket) {
    locked(() -> {
      open = socket;
      if (closed) {
        socket.sendClose(NORMAL_CLOSURE, "given up");
      }
    });
  }

  @Override
  public void onMessage(WebSocket socket, ByteBuffer message) {
    locked(() -> {
      if (portMessages < PORT_MESSAGES) {
        portMessages++;
      } else if (!closed && message.hasRemaining()) {
        switch (message.get()) {
          case DATA -> {
            if (message.hasRemaining()) {
              waiting.add(message);
            }
          }
          case ERROR -> {
            String text = StandardCharsets.UTF_8.decode(message).toString();
            fail(new ForwardFailure(peer, text));
          }
          default -> fail(new ForwardFailure(peer, "a message on a channel that there is not"));
        }
      }
      paused = waiting.size() >= WAITING_MESSAGES;
      if (!paused) {
        // Also after closing: the end of the connection comes behind what the pod still says.
        socket.request();
      }
    });
  }

  @Override
  public void onClose(WebSocket socket, int code, String reason) {
    locked(() -> ended = true);
  }

  @Override
  public void onError(@Nullable WebSocket socket, Throwable cause) {
    locked(() -> fail(ForwardFailure.of(peer, namespace, cause)));
  }

  private void fail(ForwardFailure first) {
    if (failure == null) {
      failure = first;
    }
    ended = true;
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * @throws IOException when it cannot be opened, with the reason
   */
  void awaitOpen() throws IOException {
    lock.lock();
    try {
      while (open == null) {
        throwIfOver();
        await();
      }
    } finally {
      lock.unlock();
    }
  }

  InputStream input() {
    return new BlockInput() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        return length == 0 ? 0 : ForwardedStream.this.read(buffer, offset, length);
      }
    };
  }

  private int read(byte[] buffer, int offset, int length) throws IOException {
    lock.lock();
    try {
      while (waiting.isEmpty()) {
        if (ended && failure == null && !closed) {
          return -1;
        }
        throwIfOver();
        await();
      }
      ByteBuffer first = waiting.getFirst();
      int read = Math.min(first.remaining(), length);
      first.get(buffer, offset, read);
      if (!first.hasRemaining()) {
        waiting.removeFirst();
        resume();
      }
      return read;
    } finally {
      lock.unlock();
    }
  }

  OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        send(ByteBuffer.allocate(length + 1).put((byte) DATA).put(bytes, offset, length).flip());
      }
    };
  }

  private void send(ByteBuffer message) throws IOException {
    lock.lock();
    try {
      throwIfOver();
      if (open == null || !open.send(message)) {
        awaitReason();
        throwIfOver();
        throw new IOException(peer + " does not take what is sent");
      }
    } finally {
      lock.unlock();
    }
  }

  /** The other side may be gone before its reason was read: that is on its way. */
  private void awaitReason() throws InterruptedIOException {
    long left = REASON.toNanos();
    try {
      while (failure == null && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void throwIfOver() throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (ended || closed) {
      throw new IOException(peer + " closed the connection");
    }
  }

  private void await() throws InterruptedIOException {
    try {
      changed.await();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private InterruptedIOException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException told =
        new InterruptedIOException("interrupted while talking to " + peer);
    told.initCause(cause);
    return told;
  }

  private void resume() {
    if (paused && open != null) {
      paused = false;
      open.request();
    }
  }

  @Override
  public void close() {
    locked(() -> {
      if (closed) {
        return;
      }
      closed = true;
      waiting.clear();
      if (open != null) {
        open.sendClose(NORMAL_CLOSURE, "done");
        resume();
      }
    });
  }
}
