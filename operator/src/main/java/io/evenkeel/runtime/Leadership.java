package io.evenkeel.runtime;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.concurrent.CompletableFuture;
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
  private volatile boolean closing;
  private @Nullable CompletableFuture<?> election;

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
                          if (!closing) {
                            lost.run();
                          }
                        },
                        leader -> {
                          if (leader != null && !leader.isEmpty()) {
                            LOG.info("leader identity={}", leader);
                          }
                        }))
                .build(),
            executor);
    election = made.start();
  }

  boolean mayWrite() {
    return leading
        && (!configuration.leaderElection() || nanoTime.getAsLong() - deadline.get() < 0);
  }

  /**
   * Ends the election and gives the lease back, so that another replica need not wait for its end.
   */
  @Override
  public void close() {
    closing = true;
    leading = false;
    CompletableFuture<?> running = election;
    if (running != null) {
      running.cancel(true);
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
      if (record.getHolderIdentity() == null) {
        release(client);
        return;
      }
      long begun = nanoTime.getAsLong();
      lock.update(client, record);
      deadline.set(begun + configuration.renewDeadline().toNanos());
    }

    /** The library's own patch leaves out what is null, and so the holder as it is. */
    private void release(KubernetesClient client) {
      var unused =
          client
              .resources(Lease.class)
              .inNamespace(configuration.operatorNamespace())
              .withName(NAME)
              .patch(
                  PatchContext.of(PatchType.JSON),
                  """
                  [{"op": "test", "path": "/spec/holderIdentity", "value": %s},
                   {"op": "remove", "path": "/spec/holderIdentity"}]
                  """
                      .formatted(Serialization.asJson(identity())));
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
