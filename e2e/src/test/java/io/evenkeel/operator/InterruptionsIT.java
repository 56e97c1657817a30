package io.evenkeel.operator;

import static io.evenkeel.operator.Estate.BLUE;
import static io.evenkeel.operator.Estate.ELASTIC;
import static io.evenkeel.operator.Estate.GREEN;
import static io.evenkeel.operator.Estate.SHOP;
import static io.evenkeel.operator.Estate.WEB;
import static io.evenkeel.operator.OperatorLab.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.AuditLog;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.Kubelet;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.LoadReport;
import io.evenkeel.lab.Saboteur;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The operator is killed in the middle of its work, suspended, and restarted with none to do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InterruptionsIT {
  private static final long SEED = 20_240_205;
  private static final int KILLS = 8;
  private static final int BENT = 50;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** A budget that no saboteur here exhausts: it is not the subject. */
  private static final String BUDGET = "corrections: {perPool: {burst: 1000, perMinute: 6000}}";

  private final OperatorLab lab = OperatorLab.openWithControllers();
  private final Estate estate =
      new Estate(
          lab,
          new Estate.Size(
              1,
              Map.of(BLUE, 2, GREEN, 2, WEB, 4, ELASTIC, 3),
              new Kubelet.Pace(Duration.ofSeconds(1), Duration.ofSeconds(2)),
              200,
              BUDGET),
          SEED);
  private final Saboteur saboteur = lab.lab().saboteur();

  @BeforeAll
  void start() {
    lab.startOperator("--leader-election=false");
  }

  @BeforeEach
  void even() {
    estate.awaitVerified();
    lab.awaitStill();
  }

  @AfterAll
  void stop() {
    estate.close();
    lab.close();
  }

  @Test
  void killedWhileItCorrectsItLeavesNothingUnevenAndWritesWhatIsLeft() throws Exception {
    Random random = new Random(SEED);
    int left = 0;
    for (int round = 0; round < KILLS; round++) {
      saboteur.bendRoute(NAMESPACE, SHOP, Map.of(BLUE, BENT));
      for (HaproxyReplica replica : estate.web()) {
        List<Server> servers = Estate.servers(replica);
        String victim = servers.get(random.nextInt(servers.size())).name();
        saboteur.bendHaproxy(replica, victim, BENT);
      }
      pause(Duration.ofMillis(random.nextInt(400)));
      lab.operator().kill();

      int cursor = lab.cursor();
      int routes = isRouteEven() ? 0 : 1;
      long servers = bentServers();
      left += routes + (int) servers;
      lab.startOperator("--leader-election=false");
      await().atMost(LIMIT).until(() -> isRouteEven() && bentServers() == 0);
      estate.awaitVerified();

      assertThat(lab.routeWrites(cursor, SHOP)).hasSize(routes);
      assertThat(lab.operatorLog().filter(line -> line.contains("ed pool=default/" + WEB + " ")))
          .as("weights that were set")
          .satisfies(lines ->
              assertThat(lines.stream().mapToLong(InterruptionsIT::arrows).sum())
                  .isEqualTo(servers));
    }
    System.out.printf(
        "killed %d times: %d of %d differences were left to the next process, each written once%n",
        KILLS, left, 3 * KILLS);
    assertThat(left).as("kills in the middle").isBetween(1, 3 * KILLS);
    assertThat(isEvenlyServed(SHOP)).isTrue();
    assertThat(isEvenlyServed(WEB)).isTrue();
  }

  @Test
  void suspendingTheClassesStopsEveryWriteWithinASecond() throws Exception {
    HaproxyReplica replica = estate.web().getFirst();
    String victim = Estate.servers(replica).getFirst().name();
    CountDownLatch over = new CountDownLatch(1);
    AtomicReference<Instant> straightened = new AtomicReference<>(Instant.EPOCH);
    AtomicInteger times = new AtomicInteger();
    int cursor = lab.cursor();
    Thread bends =
        every(
            over,
            100,
            () -> {
              saboteur.bendRoute(NAMESPACE, SHOP, Map.of(BLUE, BENT));
              saboteur.bendHaproxy(replica, victim, BENT);
            });
    AtomicInteger seen = new AtomicInteger(1);
    Thread watches =
        every(
            over,
            5,
            () -> {
              int now = weight(replica, victim);
              if (seen.getAndSet(now) == BENT && now != BENT) {
                straightened.set(Instant.now());
                times.incrementAndGet();
              }
            });
    try {
      await()
          .atMost(LIMIT)
          .until(() -> times.get() >= 5 && lab.routeWrites(cursor, SHOP).size() >= 5);
      int before = lab.cursor();
      lab.suspend(SHOP, true);
      lab.suspend(WEB, true);
      pause(Duration.ofSeconds(3));

      Instant shop = suspendedAt(before, SHOP);
      Instant web = suspendedAt(before, WEB);
      Instant last =
          lab.routeWrites(cursor, SHOP).stream()
              .map(AuditLog.Entry::time)
              .max(Instant::compareTo)
              .orElseThrow();
      System.out.printf(
          "suspended: last route write after %d ms, last weight set after %d ms (negative:"
              + " before)%n",
          Duration.between(shop, last).toMillis(),
          Duration.between(web, straightened.get()).toMillis());
      assertThat(last).isBefore(shop.plusSeconds(1));
      assertThat(straightened.get()).isBefore(web.plusSeconds(1));
      assertThat(lab.weights(SHOP)).contains(BENT);
      assertThat(weight(replica, victim)).isEqualTo(BENT);
    } finally {
      over.countDown();
      bends.join();
      watches.join();
      lab.suspend(SHOP, false);
      lab.suspend(WEB, false);
    }
    await().atMost(LIMIT).until(() -> isRouteEven() && bentServers() == 0);
  }

  /** Before there is any load: requests that were counted meanwhile are news for a status. */
  @Test
  @Order(1)
  void restartedOverABalancedClusterItWritesNothing() {
    lab.operator().close();
    Map<String, String> before = proxies();
    Map<String, Long> changes = changes();
    int cursor = lab.cursor();
    lab.startOperator("--leader-election=false");
    Estate.POOLS.forEach(pool -> lab.annotate(pool, "example.com/touched", "yes"));

    await()
        .during(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(8))
        .untilAsserted(
            () -> assertThat(lab.writes(cursor).stream().map(e -> e + " " + e.sent())).isEmpty());
    assertThat(proxies()).isEqualTo(before);
    changes()
        .forEach(
            (server, at) -> assertThat(at).as(server).isCloseTo(changes.get(server), within(2L)));
    assertThat(lab.metric("evenkeel_corrections_total")).isZero();
    assertThat(lab.metric("evenkeel_follows_total")).isZero();
  }

  /** Address, state and weight of every server. */
  private Map<String, String> proxies() {
    Map<String, String> servers = new TreeMap<>();
    columns((name, c) -> servers.put(name, String.join(" ", c.subList(3, 9))));
    return servers;
  }

  /** When the state of every server last changed, in Unix seconds. */
  private Map<String, Long> changes() {
    long now = Instant.now().getEpochSecond();
    Map<String, Long> changes = new TreeMap<>();
    columns((name, c) -> changes.put(name, now - Long.parseLong(c.get(9))));
    return changes;
  }

  private void columns(BiConsumer<String, List<String>> each) {
    Stream.of(estate.web(), estate.elastic())
        .flatMap(Collection::stream)
        .forEach(replica ->
            replica
                .run("show servers state " + replica.spec().backend())
                .lines()
                .skip(2)
                .map(line -> List.of(line.split(" ")))
                .forEach(c -> each.accept(replica.spec().name() + "/" + c.get(3), c)));
  }

  private static Thread every(CountDownLatch over, int millis, Runnable deed) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            do {
              deed.run();
            } while (!over.await(millis, TimeUnit.MILLISECONDS));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private Instant suspendedAt(int cursor, String balancerClass) {
    return lab.plane().auditLog().writesSince(cursor, ControlPlane.ADMIN).stream()
        .filter(e -> e.resource().equals("balancerclasses") && e.name().equals(balancerClass))
        .map(AuditLog.Entry::time)
        .findFirst()
        .orElseThrow();
  }

  private boolean isRouteEven() {
    return lab.weights(SHOP).stream().distinct().count() == 1;
  }

  private long bentServers() {
    return estate.web().stream()
        .flatMap(replica -> Estate.servers(replica).stream())
        .filter(server -> server.weight() == BENT)
        .count();
  }

  private static int weight(HaproxyReplica replica, String server) {
    return Estate.servers(replica).stream()
        .filter(s -> s.name().equals(server))
        .mapToInt(Server::weight)
        .findFirst()
        .orElseThrow();
  }

  private static long arrows(String line) {
    return line.chars().filter(c -> c == '→').count();
  }

  /** No backend is further from its share than chance may take it. */
  private boolean isEvenlyServed(String pool) throws InterruptedException {
    LoadGenerator load = estate.load(pool, 200, Duration.ofSeconds(3));
    LoadReport report = load.await();
    Collection<Long> counts = report.countsBetween(Instant.MIN, Instant.MAX).values();
    return report.failed() == 0
        && counts.size() == 4
        && counts.stream().allMatch(n -> n > 100 && n < 200);
  }

  private static void pause(Duration duration) {
    await().pollDelay(duration).atMost(duration.plusSeconds(5)).until(() -> true);
  }
}
