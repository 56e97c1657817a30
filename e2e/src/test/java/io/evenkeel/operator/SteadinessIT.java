package io.evenkeel.operator;

import static io.evenkeel.operator.Estate.BLUE;
import static io.evenkeel.operator.Estate.ELASTIC;
import static io.evenkeel.operator.Estate.GREEN;
import static io.evenkeel.operator.Estate.SHOP;
import static io.evenkeel.operator.Estate.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.AuditLog;
import io.evenkeel.lab.Kubelet;
import io.evenkeel.lab.LoadGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * For ten minutes ({@code -Dsoak.minutes}) everything changes rightly: pods roll, scale and lose
 * their readiness, servers fail their health checks and start slowly, proxies restart.
 *
 * <p>What is a false correction? One of a difference that nobody made. A new set of ready endpoints
 * is followed. A server that is down, throttled or drained is explained: its effective weight
 * differs, its configured one does not. A restarted proxy is only different if it came back with
 * other weights than the pool's: Envoy and the replicas of {@code web} do not. The replicas of
 * {@code elastic} (membership: Evenkeel, no slots declared, no state file) forget all their servers
 * with every restart and reload. That is real drift, seen on the live rung and corrected at once,
 * and each such restart is owed one correction and may be called Drifted until it is made. Nothing
 * else may.
 */
class SteadinessIT {
  private static final long SEED = 20_240_205;
  private static final int PER_SECOND = 20;
  private static final Map<String, Integer> PODS = Map.of(BLUE, 20, GREEN, 10, WEB, 6, ELASTIC, 6);

  /** Between two writes: one second, less what two writes may differ in their way to the log. */
  private static final Duration JITTER = Duration.ofMillis(300);

  private final Duration length = Duration.ofMinutes(Integer.getInteger("soak.minutes", 10));
  private final OperatorLab lab = OperatorLab.openWithControllers();
  private final Estate estate =
      new Estate(
          lab,
          new Estate.Size(
              2, PODS, new Kubelet.Pace(Duration.ofSeconds(2), Duration.ofSeconds(6)), 500, ""),
          SEED);

  @AfterEach
  void stop() {
    estate.close();
    lab.close();
  }

  @Test
  void nothingThatChangesRightlyIsCalledDriftOrCorrected() throws Exception {
    lab.startOperator();
    estate.awaitVerified();
    Map<String, LoadGenerator> loads = new TreeMap<>();
    int cursor = lab.cursor();
    double correctedBefore = lab.metric("evenkeel_corrections_total");
    try (StatusWatch watch = new StatusWatch(lab.client())) {
      for (String pool : Estate.POOLS) {
        loads.put(pool, estate.load(pool, PER_SECOND, length.plusMinutes(3)));
      }
      DailyLife life = new DailyLife(lab, estate, SEED);
      life.live(length);
      estate.awaitVerified();
      for (LoadGenerator load : loads.values()) {
        load.stop();
      }

      List<AuditLog.Entry> routeWrites = lab.routeWrites(cursor, SHOP);
      double corrections = lab.metric("evenkeel_corrections_total") - correctedBefore;
      List<StatusWatch.Drifted> drifted = watch.drifted();
      long lost =
          loads.entrySet().stream().mapToLong(e -> life.lost(e.getKey(), e.getValue())).sum();
      System.out.printf(
          "soak of %d min: %s; %d corrections of %d owed to forgetful restarts, %.0f follows,"
              + " Drifted %d times (%d not owed); %d route writes, at most %d for one rolling"
              + " update of %d pods; %,d requests, %d failed, %d of them not while a proxy was"
              + " restarted%n",
          length.toMinutes(),
          life.done(),
          (int) corrections,
          life.owed().size(),
          lab.metric("evenkeel_follows_total"),
          drifted.size(),
          drifted.stream().filter(d -> !life.isOwed(d)).count(),
          routeWrites.size(),
          life.mostWritesOfARollingUpdate(),
          PODS.get(BLUE),
          loads.values().stream().mapToLong(l -> l.report().total()).sum(),
          loads.values().stream().mapToLong(l -> l.report().failed()).sum(),
          lost);

      assertThat(life.troubles()).isEmpty();
      assertThat(drifted.stream().filter(d -> !life.isOwed(d))).isEmpty();
      assertThat(
              lab.operatorLog()
                  .filter(line -> line.contains("msg=corrected "))
                  .filter(line -> !line.contains("/" + ELASTIC + " ")))
          .isEmpty();
      assertThat(corrections)
          .as(() -> "corrections:\n" + String.join("\n", corrected()))
          .isLessThanOrEqualTo(life.owed().size());
      assertThat(
              lab.operatorLog()
                  .filter(line -> line.contains("msg=followed "))
                  .filter(line -> line.contains("/" + WEB + " ")))
          .as("the file of web has the weights that the pool asks for")
          .isEmpty();
      assertAtMostOneASecond(routeWrites);
      assertThat(life.mostWritesOfARollingUpdate()).isLessThanOrEqualTo(PODS.get(BLUE));
      assertThat(lost).isZero();
      assertThat(life.slowStarts()).as("servers seen starting slowly").isPositive();
      await()
          .untilAsserted(() -> {
            assertThat(estate.web()).allMatch(replica -> estate.isEven(replica, WEB));
            assertThat(estate.elastic()).allMatch(replica -> estate.isEven(replica, ELASTIC));
          });
    }
  }

  private static void assertAtMostOneASecond(List<AuditLog.Entry> writes) {
    for (int i = 0; i < writes.size(); i++) {
      for (int j = i + 1; j < writes.size(); j++) {
        Instant earliest = writes.get(i).time().plusSeconds(j - i).minus(JITTER);
        assertThat(writes.get(j).time())
            .as("write %d after %s", j - i, writes.get(i))
            .isAfterOrEqualTo(earliest);
      }
    }
  }

  /** What the operator corrected, and tried to. */
  private List<String> corrected() {
    return Stream.concat(
            lab.operatorLog().filter(line -> line.contains("correct")),
            lab.operator()
                .metrics()
                .lines()
                .filter(line -> line.startsWith("evenkeel_corrections_total")))
        .toList();
  }
}
