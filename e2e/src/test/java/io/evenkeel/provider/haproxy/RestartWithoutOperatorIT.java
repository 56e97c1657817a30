package io.evenkeel.provider.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.Backend;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.LoadGenerator;
import io.evenkeel.lab.LoadReport;
import io.evenkeel.lab.Sandbox;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * How many requests a reload, and a kill with a restart, of HAProxy costs while the operator is
 * dead, for each way to keep servers. Prints the table that stands in the room's README.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestartWithoutOperatorIT {
  private static final int REQUESTS_PER_SECOND = 50;

  /** Requests of each load that every phase has to see. */
  private static final int ENOUGH = 100;

  private static final Set<String> ADDRESSES =
      Set.of(Sandbox.address(11), Sandbox.address(12), Sandbox.address(13));

  /** Where HAProxy has its servers from. */
  enum Way {
    PROXY("Proxy", "Proxy, servers in the file", true, 0, false),
    IN_FILE("Evenkeel", "Evenkeel, the same servers in the file", true, 0, false),
    KEPT_SLOTS("Evenkeel", "Evenkeel, named slots and a state file", false, 5, true),
    SLOTS("Evenkeel", "Evenkeel, slots", false, 5, false),
    DYNAMIC("Evenkeel", "Evenkeel, dynamic servers", false, 0, false);

    private final String membership;
    private final String title;
    private final boolean inFile;
    private final int slots;
    private final boolean keepsState;

    Way(String membership, String title, boolean inFile, int slots, boolean keepsState) {
      this.membership = membership;
      this.title = title;
      this.inFile = inFile;
      this.slots = slots;
      this.keepsState = keepsState;
    }

    String pool() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether HAProxy itself knows the servers after a reload. */
    boolean survives() {
      return inFile || keepsState;
    }
  }

  /** What happens to HAProxy. */
  private interface Event {
    void happen(HaproxyReplica replica);
  }

  /**
   * Requests lost of requests sent, in the order of time.
   *
   * @param during the event itself
   * @param alone afterwards, while no operator runs
   * @param returning from the operator's start until every weight is right again
   * @param after from then on
   */
  private record Losses(Way way, Count during, Count alone, Count returning, Count after) {
    String row() {
      return "| %s | %s | %s | %s | %s |".formatted(way.title, during, alone, returning, after);
    }
  }

  private record Count(long lost, long sent) {
    static Count of(LoadReport report, Instant from, Instant to) {
      return new Count(report.failedBetween(from, to), report.totalBetween(from, to));
    }

    @Override
    public String toString() {
      return lost + " of " + sent;
    }
  }

  /** A replica that has its servers in one of these ways. */
  private record Edge(Way way, HaproxyReplica replica) {
    boolean isEven() {
      Map<String, Integer> weights = Cluster.weights(replica);
      return weights.keySet().equals(ADDRESSES) && Set.copyOf(weights.values()).size() == 1;
    }
  }

  /** One load on one edge, and what happened when. */
  private static final class Trial {
    private final Edge edge;
    private final LoadGenerator load;
    private Instant began = Instant.MIN;
    private Instant answers = Instant.MIN;
    private Instant even = Instant.MAX;

    Trial(Edge edge) {
      this.edge = edge;
      this.load =
          LoadGenerator.start(
              LoadGenerator.Plan.of(
                  List.of(edge.replica().frontend()),
                  "shop.test",
                  REQUESTS_PER_SECOND,
                  Duration.ofMinutes(2)));
    }

    void happen(Event event) {
      began = Instant.now();
      event.happen(edge.replica());
      answers = Instant.now();
    }

    boolean isEven() {
      if (even.equals(Instant.MAX) && edge.isEven()) {
        even = Instant.now();
      }
      return !even.equals(Instant.MAX);
    }

    boolean hasSentEnoughSince(Instant since) {
      return load.report().totalBetween(since, Instant.MAX) >= ENOUGH;
    }

    Losses losses(Instant operatorStarted) throws InterruptedException {
      LoadReport report = load.stop();
      return new Losses(
          edge.way(),
          Count.of(report, began, answers),
          Count.of(report, answers, operatorStarted),
          Count.of(report, operatorStarted, even),
          Count.of(report, even, Instant.MAX));
    }
  }

  private final List<Edge> edges = new ArrayList<>();
  private Cluster cluster;

  @BeforeAll
  void start() {
    cluster = new Cluster();
    for (String ip : ADDRESSES) {
      cluster.keep(Backend.start(ip, ip, 8080, Backend.Behaviour.unlimited()));
    }
    cluster.service("web", List.copyOf(ADDRESSES));
    for (Way way : Way.values()) {
      HaproxyReplica replica = cluster.haproxy(spec(way));
      edges.add(new Edge(way, replica));
      cluster.pool(way.pool(), "web", way.membership, "unix:" + replica.socket(), "");
    }
    cluster.startOperator();
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(edges).allMatch(Edge::isEven));
  }

  @AfterAll
  void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static HaproxyReplica.Spec spec(Way way) {
    List<HaproxyReplica.Server> servers =
        way.inFile
            ? ADDRESSES.stream()
                .map(ip -> new HaproxyReplica.Server("s" + ip, ip, 8080, 10))
                .toList()
            : List.of();
    HaproxyReplica.Spec spec =
        HaproxyReplica.Spec.of(
                way.pool(),
                Sandbox.address(101 + way.ordinal()),
                80,
                Cluster.section(way.pool()),
                servers)
            .withEmptySlots(way.slots);
    return way.keepsState ? spec.withStateFile() : spec;
  }

  /** Kills the operator, lets it happen under load, and starts the operator again. */
  private List<Losses> lossesOf(Event event) throws InterruptedException {
    // As the reload script of a service does, and a timer.
    edges.stream().filter(e -> e.way().keepsState).forEach(e -> e.replica().saveState());
    cluster.killOperator();
    List<Trial> trials = edges.stream().map(Trial::new).toList();
    try {
      awaitAll(trials, t -> t.hasSentEnoughSince(Instant.MIN));
      trials.forEach(t -> t.happen(event));
      awaitAll(trials, t -> t.hasSentEnoughSince(t.answers));
      Instant started = Instant.now();
      cluster.startOperator();
      awaitAll(trials, Trial::isEven);
      awaitAll(trials, t -> t.hasSentEnoughSince(t.even));
      List<Losses> losses = new ArrayList<>();
      for (Trial trial : trials) {
        losses.add(trial.losses(started));
      }
      return losses;
    } finally {
      trials.forEach(t -> t.load.close());
    }
  }

  private static void awaitAll(List<Trial> trials, Predicate<Trial> wanted) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(20))
        // Every one is looked at each time, so that each has its own moment.
        .until(() -> trials.stream().filter(wanted).count() == trials.size());
  }

  private static void print(String event, List<Losses> losses) {
    losses.forEach(l -> System.out.printf("| %s %s%n", event, l.row()));
  }

  @Test
  void aReloadCostsNothingWhereHaproxyItselfKnowsTheServers() throws Exception {
    List<Losses> losses = lossesOf(HaproxyReplica::reload);
    print("reload", losses);
    for (Losses l : losses) {
      assertThat(l.after.lost()).as("%s", l).isZero();
      if (l.way.survives()) {
        assertThat(l.during.lost() + l.alone.lost() + l.returning.lost()).as("%s", l).isZero();
      } else {
        assertThat(l.alone.lost()).as("%s", l).isEqualTo(l.alone.sent());
      }
    }
  }

  @Test
  void aKillCostsWhatIsSentUntilTheRestartWhereHaproxyItselfKnowsTheServers() throws Exception {
    List<Losses> losses =
        lossesOf(replica -> {
          replica.kill();
          replica.start();
        });
    print("kill −9 and start", losses);
    for (Losses l : losses) {
      assertThat(l.after.lost()).as("%s", l).isZero();
      if (l.way.survives()) {
        assertThat(l.alone.lost() + l.returning.lost()).as("%s", l).isZero();
      } else {
        assertThat(l.alone.lost()).as("%s", l).isEqualTo(l.alone.sent());
      }
    }
  }
}
