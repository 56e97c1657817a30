package io.evenkeel.probe.haproxy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.LiveView.Gap;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import io.evenkeel.wire.haproxy.MalformedAnswer;
import io.evenkeel.wire.haproxy.ProcessInfo;
import io.evenkeel.wire.haproxy.ServersState.Server;
import io.evenkeel.wire.haproxy.StatCsv.Row;
import java.net.InetAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one backend section does with its requests, from its servers' state and statistics. Pure.
 */
final class BackendView {
  private BackendView() {}

  /** Why weights do not decide the share of requests under an algorithm; empty when they do. */
  static Optional<String> whyWeightsDoNotDecide(String algorithm) {
    return switch (algorithm) {
      case "roundrobin", "static-rr" -> Optional.empty();
      case "leastconn" ->
          Optional.of("weights decide the share of open connections, not of requests");
      case "random", "unknown", "" ->
          Optional.of("HAProxy does not say how it draws; of several draws the load decides");
      case "first" -> Optional.of("the first server with a free slot takes the request");
      default -> Optional.of("a hash of the request decides");
    };
  }

  static Reading<LiveView> of(
      ProcessInfo process, String backend, List<Server> servers, List<Row> rows, Instant at)
      throws MalformedAnswer {
    Map<String, Row> byName = new HashMap<>();
    String algorithm = "";
    for (Row row : rows) {
      if (row.isServer()) {
        byName.put(row.server(), row);
      } else if (row.isBackend()) {
        algorithm = row.algorithm();
      }
    }
    Optional<String> why = whyWeightsDoNotDecide(algorithm);
    if (why.isPresent()) {
      return new Reading.Unknown<>(
          "WeightsDoNotDecide",
          "backend " + backend + " balances by \"" + algorithm + "\": " + why.get());
    }
    Map<Address, Share> configured = new HashMap<>();
    Map<Address, Share> effective = new HashMap<>();
    SortedMap<Address, Gap> gaps = new TreeMap<>();
    SortedMap<Address, Long> requests = new TreeMap<>();
    boolean activeUp = false;
    for (Server server : servers) {
      Row row = byName.get(server.name());
      activeUp |= row != null && !row.isBackup() && takesRequests(server) && now(server, row) > 0;
    }
    for (Server server : servers) {
      Row row = byName.get(server.name());
      // A reserve that nobody enabled and a name that does not resolve are configured for no
      // traffic at all.
      if (server.unresolved() || server.disabled() && !wasInUse(server, row)) {
        continue;
      }
      if (row == null) {
        return new Reading.Unknown<>(
            "ChangedWhileReading",
            "server " + server.name() + " came or went while backend " + backend + " was read");
      }
      boolean idleBackup = row.isBackup() && activeUp;
      int weight = weight(server);
      if (!server.hasAddress()) {
        if (weight == 0 || idleBackup || server.maintenance() || server.draining()) {
          continue;
        }
        return new Reading.Unknown<>(
            "UnknownAddress",
            "server "
                + server.name()
                + " of backend "
                + backend
                + " has weight "
                + weight
                + " and no IP address and port, so nobody can tell whose requests it gets: give it"
                + " both in haproxy.cfg");
      }
      Address address = address(server);
      long now = takesRequests(server) && !idleBackup ? now(server, row) : 0;
      // By configuration too a backup gets nothing while another server can serve.
      configured.merge(address, Share.of(idleBackup ? 0 : weight, 1), Share::plus);
      effective.merge(address, Share.of(now, 1), Share::plus);
      requests.merge(address, row.requests(), Long::sum);
      gap(server, row, idleBackup, weight, now).ifPresent(gap -> gaps.put(address, gap));
    }
    return new Reading.Known<>(
        new LiveView(
            Distribution.ofWeights(configured),
            Distribution.ofWeights(effective),
            gaps,
            requests,
            process.incarnation(),
            process.version()),
        at);
  }

  /**
   * Whether a disabled server was in use until a person put it in maintenance: it still has a
   * weight, and that is not the one it started with, or it was given requests.
   */
  private static boolean wasInUse(Server server, @Nullable Row row) throws MalformedAnswer {
    return server.weight() > 0
        && (server.weight() != server.initialWeight() || row != null && row.requests() > 0);
  }

  private static Optional<Gap> gap(Server server, Row row, boolean idleBackup, int weight, long now)
      throws MalformedAnswer {
    if (weight == now) {
      return Optional.empty();
    }
    if (server.maintenance() || server.draining()) {
      return Optional.of(Gap.OPERATOR_DRAIN);
    }
    return switch (server.operation()) {
      case STOPPED, STOPPING -> Optional.of(Gap.HEALTH_EXCLUDED);
      case STARTING -> Optional.of(Gap.SLOW_START);
      case RUNNING -> {
        if (idleBackup) {
          yield Optional.of(Gap.PRIORITY);
        }
        yield Optional.of(row.throttle().isPresent() ? Gap.SLOW_START : Gap.AGENT_WEIGHT);
      }
    };
  }

  private static int weight(Server server) {
    return server.agentChecked() ? server.initialWeight() : server.weight();
  }

  private static long now(Server server, Row row) throws MalformedAnswer {
    return row.effectiveWeight().orElse(weight(server));
  }

  private static boolean takesRequests(Server server) {
    return !server.maintenance()
        && !server.draining()
        && switch (server.operation()) {
          case RUNNING, STARTING -> true;
          case STOPPED, STOPPING -> false;
        };
  }

  private static Address address(Server server) throws MalformedAnswer {
    try {
      return new Address(InetAddress.ofLiteral(server.address()).getHostAddress(), server.port());
    } catch (IllegalArgumentException garbage) {
      throw new MalformedAnswer("server " + server.name() + " has no IP address");
    }
  }
}
