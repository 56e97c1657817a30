package io.evenkeel.probe.haproxy;

import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.probe.Probe;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.MalformedAnswer;
import io.evenkeel.wire.haproxy.ProcessInfo;
import io.evenkeel.wire.haproxy.RuntimeApi;
import io.evenkeel.wire.haproxy.ServersState;
import io.evenkeel.wire.haproxy.ServersState.Server;
import io.evenkeel.wire.haproxy.StatCsv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the weights, states and counters of backend sections over the runtime API; an
 * operator-level socket is enough.
 */
public record HaproxyProbe(InstantSource clock) implements Probe {
  private static final Command INFO = Command.of("show", "info");

  @Override
  public String name() {
    return "HAProxy";
  }

  @Override
  public Session open(Dialer dialer) {
    return new HaproxySession(new RuntimeApi(dialer), clock);
  }

  /** Every conversation is a connection of its own, so there is nothing to close. */
  private record HaproxySession(RuntimeApi api, InstantSource clock) implements Session {
    @Override
    public String fingerprint() throws IOException {
      List<String> answers = api.show(List.of(INFO, Command.of("show", "servers", "state")));
      MessageDigest digest = sha256();
      update(digest, ProcessInfo.parse(answers.get(0)).incarnation());
      for (Server server : found(ServersState.parse(answers.get(1)))) {
        update(digest, server.toString());
      }
      return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public Map<LiveTarget, Reading<LiveView>> read(Set<LiveTarget> targets) throws IOException {
      Map<LiveTarget, Reading<LiveView>> readings = new HashMap<>();
      List<LiveTarget.NamedBackend> asked = new ArrayList<>();
      List<Command> commands = new ArrayList<>(List.of(INFO));
      for (LiveTarget target : targets) {
        if (target instanceof LiveTarget.NamedBackend named && Command.isName(named.name())) {
          asked.add(named);
          commands.add(Command.of("show", "servers", "state", named.name()));
          // 6 = backends (2) and servers (4); -1 = all of them.
          commands.add(Command.of("show", "stat", named.name(), "6", "-1"));
        } else if (target instanceof LiveTarget.Unreadable(String reason, String message)) {
          readings.put(target, new Reading.NotSupported<>(reason, message));
        } else {
          readings.put(
              target,
              new Reading.NotSupported<>(
                  "NoSuchTarget", "HAProxy is read by the name of a backend section only"));
        }
      }
      // As of when it was asked: a write that comes between question and answer may be missing.
      Instant asOf = clock.instant();
      List<String> answers = api.show(commands);
      ProcessInfo process = ProcessInfo.parse(answers.getFirst());
      for (int i = 0; i < asked.size(); i++) {
        Optional<List<Server>> servers = ServersState.parse(answers.get(2 * i + 1));
        Optional<List<StatCsv.Row>> rows = StatCsv.parse(answers.get(2 * i + 2));
        String name = asked.get(i).name();
        readings.put(
            asked.get(i),
            servers.isEmpty() || rows.isEmpty()
                ? new Reading.Unknown<>(
                    "RouteMissing",
                    api.dialer().describe()
                        + " has no backend \""
                        + name
                        + "\": add the section to haproxy.cfg and reload")
                : BackendView.of(process, name, servers.get(), rows.get(), asOf));
      }
      return readings;
    }

    @Override
    public void close() {}

    private static List<Server> found(Optional<List<Server>> servers) throws MalformedAnswer {
      return servers.orElseThrow(() -> new MalformedAnswer("no servers state at all"));
    }

    private static void update(MessageDigest digest, String text) {
      digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException("every Java has SHA-256", impossible);
      }
    }
  }
}
