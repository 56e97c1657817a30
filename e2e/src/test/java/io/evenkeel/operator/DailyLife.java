package io.evenkeel.operator;

import static io.evenkeel.operator.Estate.BLUE;
import static io.evenkeel.operator.Estate.ELASTIC;
import static io.evenkeel.operator.Estate.GREEN;
import static io.evenkeel.operator.Estate.SHOP;
import static io.evenkeel.operator.Estate.WEB;
import static io.evenkeel.operator.OperatorLab.NAMESPACE;
import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.Backend;
import io.evenkeel.lab.ClusterUser;
import io.evenkeel.lab.EnvoyProxy;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.wire.haproxy.ServersState.Operation;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What teams and platforms do all day, on all pools of an {@link Estate} at once, one thing after
 * the other on each, in an order that a seed decides. It keeps account of what the operator owes.
 */
final class DailyLife {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final OperatorLab lab;
  private final Estate estate;
  private final ClusterUser user;
  private final long seed;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Map<String, Integer> done = new ConcurrentSkipListMap<>();
  private final List<Window> owed = new CopyOnWriteArrayList<>();
  private final List<Window> restarts = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final AtomicInteger mostWrites = new AtomicInteger();
  private final AtomicInteger slowStarts = new AtomicInteger();
  private final AtomicInteger revisions = new AtomicInteger();

  /** While a proxy of the pool was not what it should be, by its own restart. */
  record Window(String pool, Instant from, Instant to) {}

  /** Something to do, as often as its share of the list. */
  private record Deed(String name, Act act) {}

  private interface Act {
    void play(Random random) throws InterruptedException;
  }

  DailyLife(OperatorLab lab, Estate estate, long seed) {
    this.lab = lab;
    this.estate = estate;
    this.user = lab.lab().user();
    this.seed = seed;
  }

  /** Returns when the time is over and everything begun has ended. */
  void live(Duration length) throws InterruptedException {
    List<Thread> lives = new ArrayList<>();
    lives.add(
        life(
            new Deed("rolling update of 20", this::rollBlue),
            new Deed("readiness flap", random -> flap(random, BLUE)),
            new Deed("Envoy restart", this::restartEnvoy),
            new Deed("scaling", random -> scale(random, GREEN, 8, 12)),
            new Deed("rolling update", random -> roll(GREEN)),
            new Deed("readiness flap", random -> flap(random, GREEN))));
    lives.add(
        life(
            new Deed("health flap", this::healthFlap),
            new Deed("HAProxy restart", random -> restart(random, WEB, estate.web(), true)),
            new Deed("rolling update", random -> roll(WEB)),
            new Deed("health flap", this::healthFlap),
            new Deed("scaling", random -> scale(random, WEB, 4, 8)),
            new Deed("HAProxy reload", random -> restart(random, WEB, estate.web(), false)),
            new Deed("readiness flap", random -> flap(random, WEB))));
    lives.add(
        life(
            new Deed("rolling update", random -> roll(ELASTIC)),
            new Deed("scaling", random -> scale(random, ELASTIC, 4, 8)),
            new Deed("HAProxy restart", random -> restart(random, ELASTIC, estate.elastic(), true)),
            new Deed("readiness flap", random -> flap(random, ELASTIC)),
            new Deed("scaling", random -> scale(random, ELASTIC, 4, 8)),
            new Deed("HAProxy reload", random -> restart(random, ELASTIC, estate.elastic(), false)),
            new Deed("readiness flap", random -> flap(random, ELASTIC))));
    if (over.await(length.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("over before the time");
    }
    over.countDown();
    for (Thread life : lives) {
      life.join();
    }
  }

  /** Each once in order, so that a short run has seen all, then at random. */
  private Thread life(Deed... deeds) {
    Random random = new Random(seed + deeds.length);
    return Thread.ofPlatform()
        .name("life")
        .start(() -> {
          try {
            int n = 0;
            do {
              Deed deed = deeds[n < deeds.length ? n : random.nextInt(deeds.length)];
              n++;
              deed.act().play(random);
              done.merge(deed.name(), 1, Integer::sum);
            } while (!pause(random, 500, 2500));
          } catch (RuntimeException | AssertionError e) {
            troubles.add(e.toString());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** True when the time is over. */
  private boolean pause(Random random, int from, int to) throws InterruptedException {
    return over.await(random.nextInt(from, to), TimeUnit.MILLISECONDS);
  }

  private void rollBlue(Random random) {
    int cursor = lab.cursor();
    roll(BLUE);
    await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(2)).until(() -> true);
    mostWrites.accumulateAndGet(lab.routeWrites(cursor, SHOP).size(), Math::max);
  }

  private void roll(String deployment) {
    user.rollOut(NAMESPACE, deployment, "r" + revisions.incrementAndGet());
    awaitRolledOut(deployment);
  }

  private void scale(Random random, String deployment, int least, int most) {
    user.scale(NAMESPACE, deployment, random.nextInt(least, most + 1));
    awaitRolledOut(deployment);
  }

  private void awaitRolledOut(String deployment) {
    await("rollout of " + deployment)
        .atMost(LIMIT)
        .until(() -> user.isRolledOut(NAMESPACE, deployment));
  }

  private void flap(Random random, String service) throws InterruptedException {
    List<Pod> ready = estate.kubelet().ready(service);
    String pod = ready.get(random.nextInt(ready.size())).getMetadata().getName();
    user.setReady(NAMESPACE, pod, false);
    pause(random, 100, 3000);
    user.setReady(NAMESPACE, pod, true);
  }

  private void healthFlap(Random random) throws InterruptedException {
    List<Pod> ready = estate.kubelet().ready(WEB);
    Backend backend = estate.backend(ready.get(random.nextInt(ready.size())));
    backend.behave(Backend.Behaviour.unlimited().withHealth(false));
    HaproxyReplica replica = estate.web().getFirst();
    await("health check fails")
        .atMost(LIMIT)
        .until(() -> operation(replica, backend) == Operation.STOPPED);
    pause(random, 500, 3000);
    backend.behave(Backend.Behaviour.unlimited());
    await("slow start")
        .atMost(LIMIT)
        .until(() -> operation(replica, backend) == Operation.STARTING);
    slowStarts.incrementAndGet();
  }

  private static Operation operation(HaproxyReplica replica, Backend backend) {
    return Estate.servers(replica).stream()
        .filter(server -> server.address().equals(backend.address()))
        .map(server -> server.operation())
        .findFirst()
        .orElseThrow();
  }

  private void restartEnvoy(Random random) throws InterruptedException {
    EnvoyProxy envoy = estate.envoys().get(random.nextInt(estate.envoys().size()));
    Instant from = Instant.now();
    envoy.kill();
    pause(random, 0, 1500);
    envoy.start();
    await("envoy's routes")
        .atMost(LIMIT)
        .until(() ->
            envoy
                .adminGet("/config_dump?resource=dynamic_route_configs")
                .contains("shop.example.com"));
    restarts.add(new Window(SHOP, from, Instant.now()));
  }

  /**
   * @param hard by kill −9 and a new start, else by a reload
   */
  private void restart(Random random, String pool, List<HaproxyReplica> replicas, boolean hard)
      throws InterruptedException {
    HaproxyReplica replica = replicas.get(random.nextInt(replicas.size()));
    Instant from = Instant.now();
    synchronized (replica) {
      if (hard) {
        replica.kill();
        pause(random, 0, 1500);
        replica.start();
      } else {
        replica.reload();
      }
    }
    await("servers of " + replica.spec().name())
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !Estate.weights(replica).isEmpty());
    if (pool.equals(ELASTIC)) {
      owed.add(new Window(pool, from, Instant.now()));
    }
    if (hard || pool.equals(ELASTIC)) {
      restarts.add(new Window(pool, from, Instant.now()));
    }
  }

  /** What was done, and how often. */
  Map<String, Integer> done() {
    return done;
  }

  /** The restarts that made a proxy forget what Evenkeel had given it. */
  List<Window> owed() {
    return List.copyOf(owed);
  }

  /** Whether the pool had a proxy that forgot its servers, or has just got them back. */
  boolean isOwed(StatusWatch.Drifted drifted) {
    return owed.stream()
        .filter(window -> window.pool().equals(drifted.pool()))
        .anyMatch(window ->
            drifted.at().isAfter(window.from())
                && drifted.at().isBefore(window.to().plusSeconds(3)));
  }

  /** Failed requests that were not under way while a proxy of the pool was being restarted. */
  long lost(String pool, LoadGenerator load) {
    return load.report().failed()
        - restarts.stream()
            .filter(window -> window.pool().equals(pool))
            .mapToLong(window ->
                load.report()
                    .failedBetween(window.from().minusMillis(200), window.to().plusMillis(200)))
            .sum();
  }

  /** Of the route, for one rolling update of {@link Estate#BLUE}. */
  int mostWritesOfARollingUpdate() {
    return mostWrites.get();
  }

  /** How often a server was seen starting slowly. */
  int slowStarts() {
    return slowStarts.get();
  }

  /** What could not be done; then the rest says nothing. */
  List<String> troubles() {
    return List.copyOf(troubles);
  }
}
