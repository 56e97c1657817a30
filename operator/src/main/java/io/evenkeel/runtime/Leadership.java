package io.evenkeel.runtime;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may write. A process that was stopped and resumed must not believe an old lease: the deadline
 * is monotonic and counts from before the renewal was sent.
 */
final class Leadership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
  private static final String NAME = "evenkeel-operator";

  private final Configuration configuration;
  private final LongSupplier nanoTime;
  private final AtomicLong deadline = new AtomicLong();
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("leader-election").factory());
  private volatile boolean leading;
  private @Nullable LeaderElector elector;

  Leadership(Configuration configuration, LongSupplier nanoTime) {
    this.configuration = configuration;
    this.nanoTime = nanoTime;
  }

  /** Runs {@code start} once this process leads, and {@code lost} when it does no longer. */
  void begin(KubernetesClient client, Runnable start, Runnable lost) {
    if (!configuration.leaderElection()) {
      leading = true;
      start.run();
      return;
    }
    LeaderElector made =
        new LeaderElector(
            client,
            new LeaderElectionConfigBuilder()
                .withName(NAME)
                .withLock(
                    new Timed(
                        new LeaseLock(
                            configuration.operatorNamespace(), NAME, configuration.identity())))
                .withLeaseDuration(configuration.leaseDuration())
                .withRenewDeadline(configuration.renewDeadline())
                .withRetryPeriod(configuration.retryPeriod())
                .withReleaseOnCancel(true)
                .withLeaderCallbacks(
                    new LeaderCallbacks(
                        () -> {
                          leading = true;
                          LOG.info("leading identity={}", configuration.identity());
                          start.run();
                        },
                        () -> {
                          leading = false;
                          lost.run();
                        },
                        leader -> LOG.info("leader identity={}", leader)))
                .build(),
            executor);
    elector = made;
    var unused = made.start();
  }

  boolean leading() {
    return leading;
  }

  boolean mayWrite() {
    return leading
        && (!configuration.leaderElection() || nanoTime.getAsLong() - deadline.get() < 0);
  }

  @Override
  public void close() {
    leading = false;
    LeaderElector made = elector;
    if (made != null) {
      try {
        made.release();
      } catch (RuntimeException e) {
        LOG.debug("lease not released why={}", e.getMessage());
      }
    }
    executor.shutdownNow();
  }

  /** Notes when the lease was last renewed. */
  private final class Timed implements Lock {
    private final Lock lock;

    Timed(Lock lock) {
      this.lock = lock;
    }

    @Override
    public @Nullable LeaderElectionRecord get(KubernetesClient client) {
      return lock.get(client);
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
      long begun = nanoTime.getAsLong();
      lock.create(client, record);
      deadline.set(begun + configuration.renewDeadline().toNanos());
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
      long begun = nanoTime.getAsLong();
      lock.update(client, record);
      deadline.set(begun + configuration.renewDeadline().toNanos());
    }

    @Override
    public String identity() {
      return lock.identity();
    }

    @Override
    public String describe() {
      return lock.describe();
    }
  }
}
