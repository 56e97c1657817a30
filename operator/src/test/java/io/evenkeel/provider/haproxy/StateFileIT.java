package io.evenkeel.provider.haproxy;

import static io.evenkeel.provider.Assignments.BACKEND;
import static io.evenkeel.provider.Assignments.ONE;
import static io.evenkeel.provider.Assignments.assignment;
import static io.evenkeel.provider.Assignments.endpoint;
import static io.evenkeel.provider.Assignments.program;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.provider.Assignments;
import io.evenkeel.provider.Outcome;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.HaproxyProcess;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a state file brings back over a restart, for slots with and without a name. */
class StateFileIT {
  private static final Endpoint A = endpoint("127.0.0.1", 18211);
  private static final Endpoint B = endpoint("127.0.0.2", 18211);

  @TempDir Path folder;

  private HaproxyProcess haproxy(String slot) throws IOException {
    Path state = Files.writeString(folder.resolve("servers.state"), "");
    return new HaproxyProcess(
        " server-state-file " + state,
        """
        backend demo_shop
         balance roundrobin
         load-server-state-from-file global
         server-template s 3 %s disabled
        """
            .formatted(slot),
        BACKEND);
  }

  private static Outcome write(HaproxyProcess process) {
    HaproxyProvider provider =
        new HaproxyProvider(
            new Assignments.TestContext(Map.of(ONE, process.dialer()), new AtomicBoolean(true)),
            address -> true,
            new Leavers(Duration.ofSeconds(3)));
    return provider.apply(
        assignment(Membership.Evenkeel, DeletionPolicy.Delete, A, B),
        program(ONE, Map.of(A, 10, B, 10)));
  }

  private void saveStateAndRestart(HaproxyProcess process) throws IOException {
    String state =
        process.api().show(List.of(Command.of("show", "servers", "state"))).getFirst() + "\n";
    Files.writeString(folder.resolve("servers.state"), state);
    process.restart();
  }

  /** Weights of the servers that take requests. */
  private static Map<Address, Integer> taking(HaproxyProcess process) throws IOException {
    return process.servers(BACKEND).stream()
        .filter(server -> !server.maintenance() && !server.draining())
        .collect(Collectors.toMap(ServerPlan::address, Server::weight, Integer::sum));
  }

  @Test
  void namedSlotsComeBackAsTheyWere() throws Exception {
    try (HaproxyProcess process = haproxy("slot.invalid:1 init-addr last,127.0.0.1")) {
      assertThat(write(process)).isInstanceOf(Outcome.Applied.class);
      saveStateAndRestart(process);
      assertThat(taking(process)).isEqualTo(Map.of(A.primary(), 10, B.primary(), 10));
      assertThat(write(process)).isInstanceOf(Outcome.Unchanged.class);
    }
  }

  @Test
  void slotsByAddressComeBackAtTheWrongPlaceUntilThePoolIsWritten() throws Exception {
    try (HaproxyProcess process = haproxy("127.0.0.9:1")) {
      write(process);
      saveStateAndRestart(process);
      assertThat(taking(process)).containsOnlyKeys(new Address("127.0.0.9", 18211));
      assertThat(write(process)).isInstanceOf(Outcome.Applied.class);
      assertThat(taking(process)).isEqualTo(Map.of(A.primary(), 10, B.primary(), 10));
    }
  }
}
