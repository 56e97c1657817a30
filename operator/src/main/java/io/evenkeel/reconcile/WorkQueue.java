package io.evenkeel.reconcile;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one piece of work for each key: never twice at once for the same key, at once when asked,
 * again when asked meanwhile, and for ever with growing pauses (at most a minute) when it fails.
 * Different keys run in parallel, up to a limit.
 */
public final class WorkQueue<K> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkQueue.class);
  private static final long FIRST_RETRY_MILLISECONDS = 100;
  private static final long LAST_RETRY_MILLISECONDS = 60_000;

  /** One pass; the answer is when to look again at the latest. */
  @FunctionalInterface
  public interface Work<K> {
    Duration run(K key) throws Exception;
  }

  private enum State {
    IDLE,
    RUNNING,
    RUNNING_AND_ASKED_AGAIN
  }

  private static final class Entry {
    State state = State.IDLE;
    int failures;
    @org.jspecify.annotations.Nullable ScheduledFuture<?> later;
  }

  private final Work<K> work;
  private final Semaphore slots;
  private final java.util.concurrent.ExecutorService workers =
      Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("work-timer").factory());
  private final Map<K, Entry> entries = new HashMap<>();
  private boolean open;
  private boolean closed;

  /**
   * @param parallel how many keys may be worked on at once
   */
  public WorkQueue(int parallel, Work<K> work) {
    this.slots = new Semaphore(parallel);
    this.work = work;
  }

  /**
   * Asks for a pass now, or right after the one that is running. Until {@link #open} requests are
   * only noted.
   */
  public synchronized void ask(K key) {
    if (closed) {
      return;
    }
    Entry entry = entries.computeIfAbsent(key, k -> new Entry());
    switch (entry.state) {
      case IDLE -> {
        if (open) {
          start(key, entry);
        }
      }
      case RUNNING -> entry.state = State.RUNNING_AND_ASKED_AGAIN;
      case RUNNING_AND_ASKED_AGAIN -> {}
    }
  }

  /** Starts working, with everything that was asked for so far. */
  public synchronized void open() {
    open = true;
    entries.forEach((key, entry) -> {
      if (entry.state == State.IDLE) {
        start(key, entry);
      }
    });
  }

  /** Forgets a key that is gone, unless it is being worked on. */
  public synchronized void forget(K key) {
    Entry entry = entries.get(key);
    if (entry != null && entry.state == State.IDLE) {
      cancelLater(entry);
      entries.remove(key);
    }
  }

  /** How many keys are waiting or running now. */
  public synchronized long busy() {
    return entries.values().stream().filter(e -> e.state != State.IDLE).count();
  }

  private void start(K key, Entry entry) {
    cancelLater(entry);
    entry.state = State.RUNNING;
    Future<?> unused = workers.submit(() -> pass(key, entry));
  }

  private static void cancelLater(Entry entry) {
    if (entry.later != null) {
      entry.later.cancel(false);
      entry.later = null;
    }
  }

  private void pass(K key, Entry entry) {
    Duration next = Duration.ofMillis(backoff(entry.failures));
    boolean failed = true;
    try {
      slots.acquire();
      try {
        next = work.run(key);
        failed = false;
      } finally {
        slots.release();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return;
    } catch (Throwable e) { // Also an Error: otherwise nobody would look at this key again.
      LOG.warn("pass failed key={} attempt={} again_in={}", key, entry.failures + 1, next, e);
    }
    finish(key, entry, next, failed);
  }

  private synchronized void finish(K key, Entry entry, Duration next, boolean failed) {
    entry.failures = failed ? entry.failures + 1 : 0;
    boolean again = entry.state == State.RUNNING_AND_ASKED_AGAIN;
    entry.state = State.IDLE;
    if (closed) {
      return;
    }
    // A key that keeps failing waits its turn even when events keep asking for it.
    if (again && entry.failures < 3) {
      start(key, entry);
    } else if (!next.isNegative()) {
      entry.later =
          timer.schedule(() -> ask(key), Math.max(1, next.toMillis()), TimeUnit.MILLISECONDS);
    } else {
      entries.remove(key);
    }
  }

  /** The pause before the next try, after so many failures before this one. */
  static long backoff(int failures) {
    return Math.min(LAST_RETRY_MILLISECONDS, FIRST_RETRY_MILLISECONDS << Math.min(failures, 10));
  }

  /** Takes no new work and lets what runs finish, for at most ten seconds. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      entries.values().forEach(WorkQueue::cancelLater);
    }
    timer.shutdownNow();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(10, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException stop) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
