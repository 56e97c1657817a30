package io.evenkeel.provider.haproxy;

import static io.evenkeel.provider.Assignments.BACKEND;
import static io.evenkeel.provider.Assignments.ONE;
import static io.evenkeel.provider.Assignments.assignment;
import static io.evenkeel.provider.Assignments.endpoint;
import static io.evenkeel.provider.Assignments.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.LiveView.Gap;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.share.Share;
import io.evenkeel.probe.Probe;
import io.evenkeel.probe.ProbeContract;
import io.evenkeel.probe.haproxy.HaproxyProbe;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Assignments;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.PairContract;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderContract;
import io.evenkeel.wire.Limits;
import io.evenkeel.wire.TcpDialer;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.HaproxyProcess;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Against real HAProxy processes on loopback. */
class HaproxyRoomIT {
  private static final Endpoint A = endpoint("127.0.0.1", 18181);
  private static final Endpoint B = endpoint("127.0.0.2", 18181);
  private static final Endpoint C = endpoint("127.0.0.3", 18181);
  private static final Endpoint D = endpoint("127.0.0.4", 18181);
  private static final Write EVEN = program(ONE, Map.of(A, 10, B, 10));
  private static final String TWO_SERVERS =
      """
      backend demo_shop
       balance roundrobin
       server a 127.0.0.1:18181 weight 10
       server b 127.0.0.2:18181 weight 30
      """;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Map<ReplicaId, io.evenkeel.wire.Dialer> dialers = new ConcurrentHashMap<>();
  private final AtomicBoolean lease = new AtomicBoolean(true);

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private HaproxyProcess haproxy(ReplicaId id, String sections) throws Exception {
    HaproxyProcess process = new HaproxyProcess("", sections, BACKEND);
    open.add(process);
    dialers.put(id, process.dialer());
    return process;
  }

  private Provider provider() {
    return new HaproxyProvider(
        new Assignments.TestContext(dialers, lease),
        address -> true,
        new Leavers(Duration.ofSeconds(3)));
  }

  private static Assignment weightsOnly(Endpoint... endpoints) {
    return assignment(Membership.Proxy, DeletionPolicy.Orphan, endpoints);
  }

  private static Map<String, Integer> weights(HaproxyProcess process) throws Exception {
    Map<String, Integer> weights = new TreeMap<>();
    process.servers(BACKEND).forEach(s -> weights.put(s.name(), s.weight()));
    return weights;
  }

  private static Reading<LiveView> reading(HaproxyProcess process) throws Exception {
    LiveTarget target = new LiveTarget.NamedBackend(BACKEND);
    try (Probe.Session session = new HaproxyProbe(InstantSource.system()).open(process.dialer())) {
      return Objects.requireNonNull(session.read(Set.of(target)).get(target));
    }
  }

  private static LiveView view(HaproxyProcess process) throws Exception {
    return reading(process).known().orElseThrow();
  }

  @Nested
  class Contract implements ProviderContract {
    @Override
    public ProviderContract.Fixture fixture() throws Exception {
      HaproxyProcess process = haproxy(ONE, TWO_SERVERS);
      return new ProviderContract.Fixture(
          provider(),
          weightsOnly(A, B),
          EVEN,
          program(ONE, Map.of(A, 10, B, 200)),
          new Write.Declare(new Weights.PerBackend(new TreeMap<>(Map.of("blue", 1)))),
          () -> process.byHand("set", "server", "demo_shop/a", "weight", "255"),
          lease);
    }
  }

  @Nested
  class ReadingContract implements ProbeContract {
    @Override
    public ProbeContract.Fixture fixture() throws Exception {
      HaproxyProcess process = haproxy(ONE, TWO_SERVERS);
      ServerSocket silent = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
      open.add(silent);
      return new ProbeContract.Fixture(
          new HaproxyProbe(InstantSource.system()),
          process.dialer(),
          new LiveTarget.NamedBackend(BACKEND),
          new LiveTarget.NamedBackend("nobody"),
          () -> process.byHand("set", "server", "demo_shop/a", "weight", "77"),
          new TcpDialer(
              new Address("127.0.0.1", silent.getLocalPort()),
              new Limits(Duration.ofMillis(300), 1 << 20)));
    }
  }

  @Nested
  class Both implements PairContract {
    @Override
    public PairContract.Fixture fixture() throws Exception {
      HaproxyProcess process = haproxy(ONE, TWO_SERVERS);
      return new PairContract.Fixture(
          provider(),
          new HaproxyProbe(InstantSource.system()),
          process.dialer(),
          weightsOnly(A, B),
          Map.of(A, 10, B, 10),
          Map.of(A, 1, B, 4));
    }
  }

  @Test
  void replicasThatDifferAreEachCorrected() throws Exception {
    ReplicaId two = new ReplicaId("edge", "two");
    HaproxyProcess first = haproxy(ONE, TWO_SERVERS);
    HaproxyProcess second = haproxy(two, TWO_SERVERS.replace("weight 30", "weight 10"));
    Provider provider = provider();

    assertThat(provider.apply(weightsOnly(A, B), EVEN))
        .isEqualTo(new Outcome.Applied("b weight 30 → 10", ""));
    assertThat(provider.apply(weightsOnly(A, B), program(two, Map.of(A, 10, B, 10))))
        .isInstanceOf(Outcome.Unchanged.class);
    assertThat(weights(first)).isEqualTo(weights(second));
  }

  @Test
  void aRestartAndAReloadForgetWeightsAndTheyComeBack() throws Exception {
    HaproxyProcess process = haproxy(ONE, TWO_SERVERS);
    Provider provider = provider();
    provider.apply(weightsOnly(A, B), EVEN);
    String incarnation = view(process).incarnation();

    process.restart();
    assertThat(weights(process)).containsEntry("b", 30);
    assertThat(view(process).incarnation()).isNotEqualTo(incarnation);
    assertThat(provider.apply(weightsOnly(A, B), EVEN)).isInstanceOf(Outcome.Applied.class);

    process.reload();
    assertThat(weights(process)).containsEntry("b", 30);
    assertThat(provider.apply(weightsOnly(A, B), EVEN)).isInstanceOf(Outcome.Applied.class);
    assertThat(weights(process)).containsEntry("b", 10);
  }

  @Test
  void aPersonsDrainIsRespectedAndExplained() throws Exception {
    HaproxyProcess process = haproxy(ONE, TWO_SERVERS);
    for (String state : List.of("drain", "maint")) {
      process.byHand("set", "server", "demo_shop/b", "state", state);
      provider().apply(weightsOnly(A, B), EVEN);

      assertThat(process.server(BACKEND, "b").weight()).isEqualTo(30);
      LiveView view = view(process);
      assertThat(view.gaps()).containsEntry(B.primary(), Gap.OPERATOR_DRAIN);
      assertThat(view.effective().share(A.primary())).isEqualTo(Share.ONE);
      assertThat(view.configured().share(B.primary())).isEqualTo(Share.of(3, 4));
    }
  }

  @Test
  void aPersonsMaintenanceOfASlotIsRespectedAndExplained() throws Exception {
    HaproxyProcess process =
        haproxy(
            ONE,
            "backend demo_shop\n balance roundrobin\n server-template s 3 127.0.0.1:1 disabled\n");
    Assignment owns = assignment(Membership.Evenkeel, DeletionPolicy.Delete, A, B);
    provider().apply(owns, EVEN);
    Server before =
        process.servers(BACKEND).stream()
            .filter(s -> ServerPlan.address(s).equals(A.primary()))
            .findFirst()
            .orElseThrow();
    process.byHand("set", "server", "demo_shop/" + before.name(), "state", "maint");

    assertThat(provider().apply(owns, EVEN)).isInstanceOf(Outcome.Unchanged.class);

    Server after = process.server(BACKEND, before.name());
    assertThat(after.maintenance()).isTrue();
    assertThat(after.weight()).isEqualTo(10);
    assertThat(view(process).gaps()).containsOnly(Map.entry(A.primary(), Gap.OPERATOR_DRAIN));
    assertThat(view(process).configured().share(A.primary())).isEqualTo(Share.of(1, 2));
    assertThat(view(process).effective().share(B.primary())).isEqualTo(Share.ONE);

    // The slot is not lost: another endpoint takes a free one, and this one when its own is gone.
    provider()
        .apply(
            assignment(Membership.Evenkeel, DeletionPolicy.Delete, B, C, D),
            program(ONE, Map.of(B, 10, C, 10, D, 10)));
    assertThat(view(process).configured().shares())
        .containsOnlyKeys(B.primary(), C.primary(), D.primary());
    assertThat(weights(process)).hasSize(3);
  }

  @Test
  void aSlotWhoseTakingWasCutShortIsTakenAgain() throws Exception {
    HaproxyProcess process =
        haproxy(
            ONE,
            "backend demo_shop\n balance roundrobin\n server-template s 1 127.0.0.1:1 disabled\n");
    Assignment owns = assignment(Membership.Evenkeel, DeletionPolicy.Delete, A);
    Write ten = program(ONE, Map.of(A, 10));
    List<Command> taking = plan(process, A, "ek-1").changes();
    for (int done = 1; done < taking.size(); done++) {
      process.restart();
      process.api().run(taking.subList(0, done));
      assertThat(provider().apply(owns, ten)).isInstanceOf(Outcome.Applied.class);
      assertThat(view(process).effective().share(A.primary())).isEqualTo(Share.ONE);
    }
  }

  @Test
  void nobodyLeavesForAServerThatHaproxyRefusedToAdd() throws Exception {
    HaproxyProcess process =
        haproxy(
            ONE, "backend demo_shop\n balance roundrobin\n server a 127.0.0.1:18181 weight 10\n");
    Replica replica = Replica.of(process.dialer(), BACKEND, () -> true);

    // A plus is not permitted in the name of a server.
    assertThat(replica.carryOut(plan(process, B, "ek+1")))
        .anySatisfy(said -> assertThat(said).contains("not permitted"));
    assertThat(view(process).effective().share(A.primary())).isEqualTo(Share.ONE);

    replica.carryOut(plan(process, B, "ek-1"));
    assertThat(view(process).effective().share(B.primary())).isEqualTo(Share.ONE);
  }

  /** For a pool with one endpoint, where Evenkeel owns the servers. */
  private static ServerPlan plan(HaproxyProcess process, Endpoint only, String name)
      throws Exception {
    return ServerPlan.of(
        new ServerPlan.Wish(
            BACKEND, true, true, new TreeMap<>(Map.of(only.id(), 10)), _ -> true, () -> name),
        List.of(only),
        process.servers(BACKEND));
  }

  @Test
  void aMissingBackendOrServerIsRefusedWithASentence() throws Exception {
    haproxy(
        ONE,
        TWO_SERVERS
            .replace("demo_shop", "other")
            .concat(TWO_SERVERS.replace("demo_shop", "x"))
            .concat("backend demo_shop2\n")
            .concat(
                "backend demo_shop\n balance roundrobin\n server a 127.0.0.1:18181 weight 1\n"));
    assertThat(provider().apply(weightsOnly(A, B), EVEN))
        .isEqualTo(
            new Outcome.Applied(
                "a weight 1 → 10; backend \"demo_shop\" has no server for 127.0.0.2:18181", ""));
    assertThat(provider().apply(weightsOnly(A, B), EVEN))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo("EndpointMissing");
              assertThat(refused.message()).contains("127.0.0.2:18181");
            });

    Assignment elsewhere = weightsOnly(A, B);
    elsewhere.pool().getMetadata().setName("nowhere");
    assertThat(provider().apply(elsewhere, EVEN))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, r -> assertThat(r.reason()).isEqualTo("BackendNotFound"));
  }

  @Test
  void algorithmsAndAgentsThatDecideThemselvesAreRefusedAndUnknown() throws Exception {
    for (String algorithm : List.of("static-rr", "source", "first")) {
      HaproxyProcess process = haproxy(ONE, TWO_SERVERS.replace("roundrobin", algorithm));
      assertThat(provider().apply(weightsOnly(A, B), EVEN))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              r -> assertThat(r.reason()).isEqualTo("AlgorithmNotSupported"));
      assertThat(weights(process)).containsEntry("b", 30);
    }
    haproxy(ONE, TWO_SERVERS + " server c 127.0.0.3:1 agent-check agent-port 9 agent-inter 60s\n");
    assertThat(provider().apply(weightsOnly(A, B), EVEN))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, r -> assertThat(r.reason()).isEqualTo("AgentChecked"));
    HaproxyProcess least = haproxy(ONE, TWO_SERVERS.replace("roundrobin", "leastconn"));
    assertThat(reading(least))
        .isInstanceOfSatisfying(
            Reading.Unknown.class, u -> assertThat(u.reason()).isEqualTo("WeightsDoNotDecide"));
  }

  @Test
  void strangersAreNotTouchedWhereOthersOwnTheServers() throws Exception {
    HaproxyProcess process = haproxy(ONE, TWO_SERVERS + " server x 127.0.0.9:1 weight 50\n");
    provider().apply(weightsOnly(A, B), EVEN);
    assertThat(weights(process))
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", 10, "b", 10, "x", 50));
    assertThat(view(process).configured().share(new Address("127.0.0.9", 1)))
        .isEqualTo(Share.of(50, 70));
  }

  @Test
  void aServerWithAWeightAndNoAddressIsNotOverlooked() throws Exception {
    for (String at : List.of("unix@/tmp/nobody.sock", "127.0.0.8", "127.0.0.7:+0")) {
      HaproxyProcess process = haproxy(ONE, TWO_SERVERS + " server x " + at + " weight 50\n");
      assertThat(reading(process))
          .isInstanceOfSatisfying(
              Reading.Unknown.class,
              unknown -> {
                assertThat(unknown.reason()).isEqualTo("UnknownAddress");
                assertThat(unknown.message()).contains("server x ", "weight 50");
              });

      assertThat(
              provider()
                  .apply(
                      assignment(Membership.Evenkeel, DeletionPolicy.Delete, A, B),
                      program(ONE, Map.of(A, 10, B, 10))))
          .isInstanceOf(Outcome.Applied.class);
      assertThat(view(process).configured().shares())
          .isEqualTo(Map.of(A.primary(), Share.of(1, 2), B.primary(), Share.of(1, 2)));
    }
  }

  @Test
  void aNameThatDoesNotResolveIsConfiguredForNothing() throws Exception {
    HaproxyProcess process =
        haproxy(ONE, TWO_SERVERS + " server x nobody.invalid:80 weight 50 init-addr none\n");
    assertThat(process.server(BACKEND, "x").unresolved()).isTrue();
    assertThat(view(process).configured().shares()).containsOnlyKeys(A.primary(), B.primary());
  }

  @Test
  void aBackupIsConfiguredForRequestsOnlyWhileNoOtherServerCanServe() throws Exception {
    Address sorry = new Address("127.0.0.9", 8000);
    HaproxyProcess process =
        haproxy(ONE, TWO_SERVERS.replace("30", "10") + " server sorry 127.0.0.9:8000 backup\n");

    assertThat(view(process).configured().shares())
        .isEqualTo(
            Map.of(A.primary(), Share.of(1, 2), B.primary(), Share.of(1, 2), sorry, Share.ZERO));
    assertThat(view(process).gaps()).containsOnly(Map.entry(sorry, Gap.PRIORITY));

    // With weight 0 a server is up and gets nothing.
    process.byHand("set", "server", "demo_shop/a", "weight", "0");
    process.byHand("set", "server", "demo_shop/b", "weight", "0");
    assertThat(view(process).configured().share(sorry)).isEqualTo(Share.ONE);
    assertThat(view(process).effective().share(sorry)).isEqualTo(Share.ONE);
  }

  @Test
  void evenkeelAddsServersAndSeesThemOutWithAnOpenConnection() throws Exception {
    HaproxyProcess process = haproxy(ONE, "backend demo_shop\n balance roundrobin\n");
    Holding a = new Holding(A.primary());
    open.add(a);
    Holding b = new Holding(B.primary());
    open.add(b);
    Provider provider = provider();
    Assignment owns = assignment(Membership.Evenkeel, DeletionPolicy.Delete, A, B);

    assertThat(provider.apply(owns, EVEN)).isInstanceOf(Outcome.Applied.class);
    assertThat(provider.apply(owns, EVEN)).isInstanceOf(Outcome.Unchanged.class);
    assertThat(view(process).configured().shares()).containsOnlyKeys(A.primary(), B.primary());
    Set<String> before = weights(process).keySet();

    try (Socket held = a.holdThrough(process.port(), b)) {
      Endpoint leaving = a.holds() ? A : B;
      Endpoint stays = a.holds() ? B : A;
      Assignment without = assignment(Membership.Evenkeel, DeletionPolicy.Delete, stays);
      provider.apply(without, program(ONE, Map.of(stays, 10)));

      Server drained =
          process.servers(BACKEND).stream()
              .filter(s -> ServerPlan.address(s).equals(leaving.primary()))
              .findFirst()
              .orElseThrow();
      assertThat(drained.draining()).isTrue();
      assertThat(drained.weight()).isZero();
      assertThat(held.isClosed()).isFalse();
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> process.servers(BACKEND).size() == 1);

    provider.apply(owns, EVEN);
    assertThat(weights(process)).hasSize(2);
    assertThat(weights(process).keySet()).isNotEqualTo(before);
    provider.release(owns);
    await().atMost(Duration.ofSeconds(20)).until(() -> process.servers(BACKEND).isEmpty());
  }

  @Test
  void preDeclaredSlotsComeFirstAndAreParkedAgain() throws Exception {
    HaproxyProcess process =
        haproxy(
            ONE,
            "backend demo_shop\n balance roundrobin\n server-template s 2 127.0.0.1:1 disabled\n");
    Provider provider = provider();
    Endpoint[] three = {A, B, C};

    provider.apply(
        assignment(Membership.Evenkeel, DeletionPolicy.Delete, three),
        program(ONE, Map.of(A, 10, B, 10, C, 10)));
    assertThat(weights(process)).hasSize(3).containsEntry("s1", 10).containsEntry("s2", 10);
    assertThat(view(process).configured().share(C.primary())).isEqualTo(Share.of(1, 3));

    provider.apply(
        assignment(Membership.Evenkeel, DeletionPolicy.Delete, C), program(ONE, Map.of(C, 10)));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            process.server(BACKEND, "s1").maintenance()
                && process.server(BACKEND, "s2").maintenance());
    provider.apply(
        assignment(Membership.Evenkeel, DeletionPolicy.Delete, A, C),
        program(ONE, Map.of(A, 10, C, 10)));
    assertThat(weights(process)).hasSize(3);
    assertThat(view(process).configured().share(A.primary())).isEqualTo(Share.of(1, 2));
  }

  /** A backend that takes connections and never answers: what goes through it stays open. */
  private static final class Holding implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> held = new java.util.concurrent.CopyOnWriteArrayList<>();

    Holding(Address address) throws Exception {
      server = new ServerSocket(address.port(), 10, InetAddress.ofLiteral(address.ip()));
      Thread.ofVirtual().start(this::take);
    }

    private void take() {
      try {
        while (true) {
          held.add(server.accept());
        }
      } catch (java.io.IOException over) {
        // closed with the test
      }
    }

    boolean holds() {
      return !held.isEmpty();
    }

    Socket holdThrough(int port, Holding other) throws Exception {
      Socket client = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
      client
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      await().until(() -> holds() || other.holds());
      return client;
    }

    @Override
    public void close() throws Exception {
      server.close();
      for (Socket each : held) {
        each.close();
      }
    }
  }
}
