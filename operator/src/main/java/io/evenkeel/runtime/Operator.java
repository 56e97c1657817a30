package io.evenkeel.runtime;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.provider.ProviderRoom;
import io.evenkeel.provider.Replicas;
import io.evenkeel.reconcile.Act;
import io.evenkeel.reconcile.Claims;
import io.evenkeel.reconcile.ClassReconciler;
import io.evenkeel.reconcile.Events;
import io.evenkeel.reconcile.Gather;
import io.evenkeel.reconcile.Index;
import io.evenkeel.reconcile.Meters;
import io.evenkeel.reconcile.Pollers;
import io.evenkeel.reconcile.PoolReconciler;
import io.evenkeel.reconcile.Registry;
import io.evenkeel.reconcile.Release;
import io.evenkeel.reconcile.ReplicaRegistry;
import io.evenkeel.reconcile.Rooms;
import io.evenkeel.reconcile.StatusWriter;
import io.evenkeel.reconcile.Triggers;
import io.evenkeel.reconcile.Watches;
import io.evenkeel.reconcile.WorkQueue;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole operator, wired by constructor calls. */
public final class Operator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);

  private static final Duration WITHOUT_LEASE = Duration.ofSeconds(1);

  private final Watches watches;
  private final Rooms rooms;
  private final ReplicaRegistry registry;
  private final Pollers pollers;
  private final Events events;
  private final WorkQueue<PoolId> pools;
  private final WorkQueue<String> classes;
  private final Leadership leadership;
  private final HealthServer health;
  private final Triggers triggers;
  private final Claims claims;
  private final ScheduledExecutorService timer =
      Executors.newScheduledThreadPool(1, Thread.ofPlatform().daemon().name("sync").factory());
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Configuration configuration;
  private final KubernetesClient client;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean synced;
  private volatile boolean lost;

  public Operator(
      Configuration configuration,
      KubernetesClient client,
      Registry rooms,
      Function<Snapshot, Decision> decide,
      InstantSource clock)
      throws IOException {
    this.configuration = configuration;
    this.client = client;
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Meters meters = new Meters(metrics, configuration.mostPoolSeries());
    Index index = new Index();
    leadership = new Leadership(configuration, System::nanoTime);
    Gauge.builder("evenkeel.leader", leadership, l -> l.mayWrite() ? 1 : 0)
        .description("1 while this replica holds the Lease and so may write, else 0")
        .register(metrics);
    triggers =
        new Triggers(index, this::claims, this::askPool, this::askClass, this::syncReplicasSoon);
    watches =
        new Watches(client, configuration.watchNamespaces(), rooms.withManagedFields(), triggers);
    claims = new Claims(watches, this::askPool);
    registry =
        new ReplicaRegistry(
            client, configuration.operatorNamespace(), clock, this::syncReplicasSoon);
    pollers = new Pollers(rooms.probes(), registry, clock, this::askPool);
    events = new Events(client, configuration.identity(), clock);
    this.rooms =
        new Rooms(
            rooms.providers(),
            watches,
            new Context(
                client, watches, registry, clock, configuration.operatorNamespace(), leadership));
    Release release = new Release(client, watches, this.rooms, events, leadership::mayWrite);
    PoolReconciler poolReconciler =
        new PoolReconciler(
            watches,
            new Gather(watches, this.rooms, index, claims, pollers),
            decide,
            new Act(clock, leadership::mayWrite, pollers, meters),
            release,
            new StatusWriter<>(client, BalancedBackendPool::new),
            events,
            meters,
            index,
            pollers,
            clock);
    pools = new WorkQueue<>(configuration.workers(), whileLeading(poolReconciler));
    classes =
        new WorkQueue<>(
            4,
            whileLeading(
                new ClassReconciler(
                    watches,
                    this.rooms,
                    registry,
                    pollers,
                    new StatusWriter<>(client, BalancerClass::new),
                    release,
                    meters,
                    clock)));
    health =
        new HealthServer(
            configuration.bindAddress(),
            configuration.port(),
            () -> !lost,
            () -> synced && watches.healthy(),
            metrics);
  }

  /**
   * A process that was stopped, and wakes up after its lease has ended, must not tell what it
   * believes either: no status, no events.
   */
  private <K> WorkQueue.Work<K> whileLeading(WorkQueue.Work<K> work) {
    return key -> leadership.mayWrite() ? work.run(key) : WITHOUT_LEASE;
  }

  private record Context(
      KubernetesClient client,
      ProviderRoom.Caches caches,
      Replicas replicas,
      InstantSource clock,
      String operatorNamespace,
      Leadership leadership)
      implements ProviderRoom.Context {
    @Override
    public boolean mayWrite() {
      return leadership.mayWrite();
    }
  }

  /** Fills the caches, then waits for the lease and starts to work. */
  public void start() {
    List<String> missing =
        Stream.of(BalancerClass.class, BalancedBackendPool.class)
            .filter(kind -> !watches.served(kind))
            .map(HasMetadata::getFullResourceName)
            .toList();
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "the cluster does not serve "
              + String.join(", ", missing)
              + ": apply the definitions of Evenkeel first (kubectl apply --server-side -f"
              + " crds/src/main/resources/META-INF/fabric8/)");
    }
    watches.watch(Namespace.class);
    watches.watch(Service.class);
    watches.watch(EndpointSlice.class);
    watches.watch(BalancerClass.class);
    boolean unused = rooms.discover();
    watches.watch(BalancedBackendPool.class);
    synced = true;
    long every = configuration.discoveryInterval().toMillis();
    timer.scheduleWithFixedDelay(this::discover, every, every, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(this::syncReplicas, 0, 1, TimeUnit.SECONDS);
    LOG.info("ready port={}", health.port());
    leadership.begin(
        client,
        () -> {
          pools.open();
          classes.open();
        },
        this::lost);
  }

  private Claims claims() {
    return claims;
  }

  private void askPool(PoolId pool) {
    pools.ask(pool);
  }

  private void askClass(String name) {
    classes.ask(name);
  }

  private void lost() {
    LOG.warn("lease lost, ending");
    lost = true;
    ended.countDown();
  }

  private void discover() {
    try {
      if (rooms.discover()) {
        watches.all(BalancerClass.class).forEach(c -> triggers.changed(null, c));
        watches.all(BalancedBackendPool.class).forEach(p -> triggers.changed(null, p));
      }
    } catch (RuntimeException e) {
      LOG.warn("discovery failed why={}", e.getMessage());
    }
  }

  private void syncReplicasSoon() {
    if (synced && !timer.isShutdown()) {
      timer.execute(this::syncReplicas);
    }
  }

  private void syncReplicas() {
    try {
      pollers.sync(registry.sync(watches.all(BalancerClass.class)));
    } catch (RuntimeException e) {
      LOG.warn("replicas not followed why={}", e.getMessage());
    }
  }

  /** Waits until the process should end. */
  public boolean await() throws InterruptedException {
    ended.await();
    return !lost;
  }

  public int port() {
    return health.port();
  }

  /** Takes no new work, finishes what runs, gives the lease back. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    LOG.info("ending");
    synced = false;
    timer.shutdownNow();
    pools.close();
    classes.close();
    pollers.close();
    events.close();
    leadership.close();
    registry.close();
    watches.close();
    health.close();
    ended.countDown();
    LOG.info("ended");
  }
}
