package io.evenkeel.provider.haproxy;

import static io.evenkeel.provider.Assignments.BACKEND;
import static io.evenkeel.provider.Assignments.ONE;
import static io.evenkeel.provider.Assignments.assignment;
import static io.evenkeel.provider.Assignments.endpoint;
import static io.evenkeel.provider.Assignments.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.provider.Assignments;
import io.evenkeel.provider.Outcome;
import io.evenkeel.wire.haproxy.HaproxyProcess;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An endpoint leaves while connections through a real HAProxy still need it. */
class LeavingIT {
  private static final String DYNAMIC = "";
  private static final String SLOTS = " server-template s 2 127.0.0.1:1 disabled\n";

  private Upstream stays;
  private Upstream leaves;

  @BeforeEach
  void start() throws IOException {
    stays = new Upstream("127.0.0.1");
    leaves = new Upstream("127.0.0.2");
  }

  @AfterEach
  void stop() throws IOException {
    stays.close();
    leaves.close();
  }

  private static HaproxyProcess haproxy(String servers) throws IOException {
    return new HaproxyProcess(
        "", "backend demo_shop\n balance roundrobin\n http-reuse always\n" + servers, BACKEND);
  }

  /** The pool has these endpoints now. */
  private static Outcome write(HaproxyProcess process, Leavers leavers, Upstream... upstreams) {
    Endpoint[] endpoints =
        Arrays.stream(upstreams)
            .map(Upstream::address)
            .map(address -> endpoint(address.ip(), address.port()))
            .toArray(Endpoint[]::new);
    Map<Endpoint, Integer> weights =
        Arrays.stream(endpoints).collect(Collectors.toMap(Function.identity(), _ -> 10));
    HaproxyProvider provider =
        new HaproxyProvider(
            new Assignments.TestContext(Map.of(ONE, process.dialer()), new AtomicBoolean(true)),
            address -> true,
            leavers);
    return provider.apply(
        assignment(Membership.Evenkeel, DeletionPolicy.Delete, endpoints), program(ONE, weights));
  }

  /** The server that stands for the leaving endpoint, if there is one. */
  private Optional<Server> leaver(HaproxyProcess process) throws IOException {
    return process.servers(BACKEND).stream()
        .filter(server -> ServerPlan.address(server).equals(leaves.address()))
        .findFirst();
  }

  private boolean gone(HaproxyProcess process) throws IOException {
    return leaver(process).filter(server -> !server.disabled()).isEmpty();
  }

  /** A WebSocket through the proxy that ends at the endpoint that will leave. */
  private UserAgent webSocket(HaproxyProcess process) throws IOException {
    for (int i = 0; i < 10; i++) {
      UserAgent agent = new UserAgent(process.port());
      if (agent.upgrade().equals(leaves.name())) {
        return agent;
      }
      agent.close();
    }
    throw new AssertionError("no request came to " + leaves.name());
  }

  /**
   * Until the client has an idle connection to the proxy, and the proxy one to the endpoint that
   * will leave. HAProxy keeps those by its own estimate of the need, so not always the first.
   *
   * @param used connections to that endpoint that are not idle
   */
  private void keepIdleConnection(UserAgent agent, int used) throws IOException {
    for (int i = 0; i < 100; i++) {
      if (agent.get("").equals(leaves.name()) && leaves.connections() > used) {
        return;
      }
    }
    throw new AssertionError("the proxy keeps no connection to " + leaves.name());
  }

  @ParameterizedTest
  @ValueSource(strings = {DYNAMIC, SLOTS})
  void aWebSocketCarriesOnAndNobodyElseIsSentThere(String servers) throws Exception {
    try (HaproxyProcess process = haproxy(servers)) {
      Leavers patient = new Leavers(Duration.ofMinutes(1));
      assertThat(write(process, patient, stays, leaves)).isInstanceOf(Outcome.Applied.class);
      try (UserAgent socket = webSocket(process);
          UserAgent idle = new UserAgent(process.port())) {
        keepIdleConnection(idle, 1);

        assertThat(write(process, patient, stays)).isInstanceOf(Outcome.Applied.class);

        for (int i = 0; i < 10; i++) {
          assertThat(idle.get("")).isEqualTo(stays.name());
          try (UserAgent fresh = new UserAgent(process.port())) {
            assertThat(fresh.get("")).isEqualTo(stays.name());
          }
          assertThat(socket.echo("line " + i)).isEqualTo(leaves.name() + " line " + i);
        }
        // Longer than several looks of those who see it out.
        await()
            .during(Duration.ofSeconds(2))
            .atMost(Duration.ofSeconds(4))
            .until(() -> leaver(process).orElseThrow().draining());
        assertThat(socket.echo("still")).isEqualTo(leaves.name() + " still");
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> gone(process));
      assertThat(leaves.connections()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DYNAMIC, SLOTS})
  void idleConnectionsHoldNothingUp(String servers) throws Exception {
    try (HaproxyProcess process = haproxy(servers)) {
      Leavers patient = new Leavers(Duration.ofMinutes(1));
      write(process, patient, stays, leaves);
      try (UserAgent idle = new UserAgent(process.port())) {
        keepIdleConnection(idle, 0);
        write(process, patient, stays);
        await().atMost(Duration.ofSeconds(30)).until(() -> gone(process));
        assertThat(idle.get("")).isEqualTo(stays.name());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DYNAMIC, SLOTS})
  void whenThePatienceIsOverTheWebSocketIsCut(String servers) throws Exception {
    try (HaproxyProcess process = haproxy(servers)) {
      Leavers impatient = new Leavers(Duration.ofSeconds(2));
      write(process, impatient, stays, leaves);
      try (UserAgent socket = webSocket(process)) {
        write(process, impatient, stays);
        assertThat(socket.echo("one")).isEqualTo(leaves.name() + " one");
        await().atMost(Duration.ofSeconds(30)).until(() -> gone(process));
        assertThatThrownBy(() -> socket.echo("two")).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void whoeverLeavesRightAfterTheLastLookIsSeenOutToo() throws Exception {
    try (HaproxyProcess process = haproxy(DYNAMIC)) {
      Leavers leavers = new Leavers(Duration.ofMinutes(1));
      write(process, new Leavers(Duration.ofMinutes(1)), stays, leaves);
      String name = BACKEND + "/" + leaver(process).orElseThrow().name();
      Replica replica = Replica.of(process.dialer(), BACKEND, () -> true);
      AtomicBoolean first = new AtomicBoolean(true);
      leavers.attend(
          replica,
          new ReentrantLock() {
            private static final long serialVersionUID = 1;

            @Override
            public void unlock() {
              super.unlock();
              if (first.getAndSet(false)) {
                try {
                  process.byHand("set", "server", name, "weight", "0");
                  process.byHand("set", "server", name, "state", "drain");
                } catch (IOException failure) {
                  throw new AssertionError(failure);
                }
                leavers.attend(replica, this);
              }
            }
          });

      await().atMost(Duration.ofSeconds(20)).until(() -> leaver(process).isEmpty());
    }
  }
}
