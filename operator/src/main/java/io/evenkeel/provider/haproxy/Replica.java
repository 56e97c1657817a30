package io.evenkeel.provider.haproxy;

import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.RuntimeApi;
import io.evenkeel.wire.haproxy.ServersState;
import io.evenkeel.wire.haproxy.ServersState.Server;
import io.evenkeel.wire.haproxy.StatCsv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** One backend section of one replica: read, and written only while this process may write. */
record Replica(RuntimeApi api, String backend, BooleanSupplier mayWrite) {
  /** What stands between a reading and a write. */
  static final class NotAllowed extends IOException {
    private static final long serialVersionUID = 1;

    NotAllowed() {
      super("this process may not write any more: its lease has run out");
    }
  }

  /**
   * @param sessions open and queued, by server
   */
  record Seen(String algorithm, List<Server> servers, Map<String, Long> sessions) {}

  static Replica of(Dialer dialer, String backend, BooleanSupplier mayWrite) {
    return new Replica(new RuntimeApi(dialer), backend, mayWrite);
  }

  /** Empty when the replica does not have the backend. */
  Optional<Seen> look() throws IOException {
    List<String> answers =
        api.show(
            List.of(
                Command.of("show", "servers", "state", backend),
                Command.of("show", "stat", backend, "6", "-1")));
    Optional<List<Server>> servers = ServersState.parse(answers.get(0));
    Optional<List<StatCsv.Row>> rows = StatCsv.parse(answers.get(1));
    if (servers.isEmpty() || rows.isEmpty()) {
      return Optional.empty();
    }
    String algorithm = "";
    Map<String, Long> sessions = new HashMap<>();
    for (StatCsv.Row row : rows.get()) {
      if (row.isBackend()) {
        algorithm = row.algorithm();
      } else if (row.isServer()) {
        sessions.put(row.server(), row.sessions());
      }
    }
    return Optional.of(new Seen(algorithm, servers.get(), sessions));
  }

  /** What HAProxy said. */
  List<String> carryOut(ServerPlan plan) throws IOException {
    List<String> said = new ArrayList<>();
    for (ServerPlan.Addition addition : plan.additions()) {
      said.addAll(run(List.of(addition.add())));
      said.addAll(run(addition.enable()));
    }
    // HAProxy may have refused to add them: what serves until now must not be lowered for nobody.
    boolean mayChange = !plan.standsOnAdditions() || added(plan);
    if (mayChange && !plan.changes().isEmpty()) {
      said.addAll(run(plan.changes()));
    }
    return said;
  }

  private boolean added(ServerPlan plan) throws IOException {
    Set<String> names =
        plan.additions().stream().map(ServerPlan.Addition::name).collect(Collectors.toSet());
    return look().stream()
        .flatMap(seen -> seen.servers().stream())
        .anyMatch(server ->
            names.contains(server.name()) && server.weight() > 0 && !server.maintenance());
  }

  List<String> run(List<Command> commands) throws IOException {
    if (!mayWrite.getAsBoolean()) {
      throw new NotAllowed();
    }
    return api.run(commands);
  }
}
