package io.evenkeel.demo;

import io.evenkeel.lab.Child;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.wire.Limits;
import io.evenkeel.wire.UnixDialer;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.RuntimeApi;
import io.evenkeel.wire.haproxy.ServersState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * HAProxy replicas with the same configuration, each with an address and an admin socket of its
 * own.
 */
final class HaproxyFleet implements AutoCloseable {
  private static final int FIRST_ADDRESS = 2;
  private static final int FIRST_PORT = 8000;

  private final List<Edge> edges = new ArrayList<>();
  private final List<Section> sections;

  /**
   * A backend section with a frontend of its own.
   *
   * @param servers the addresses in the file, each with weight 10
   */
  record Section(String name, List<String> servers) {}

  private HaproxyFleet(List<Section> sections) {
    this.sections = List.copyOf(sections);
  }

  /** Returns when every replica answers on its socket. */
  static HaproxyFleet start(Sandbox sandbox, Path binary, int replicas, List<Section> sections)
      throws IOException {
    HaproxyFleet fleet = new HaproxyFleet(sections);
    for (int i = 0; i < replicas; i++) {
      Edge edge = fleet.new Edge(sandbox, binary, "edge-" + (i + 1), FIRST_ADDRESS + i);
      fleet.edges.add(edge);
    }
    for (Edge edge : fleet.edges) {
      edge.child.awaitReady(
          Duration.ofSeconds(10), () -> !edge.weights(sections.getFirst().name()).isEmpty());
    }
    return fleet;
  }

  List<Edge> edges() {
    return List.copyOf(edges);
  }

  /** The admin sockets as a class names them. */
  List<String> addresses() {
    return edges.stream().map(edge -> "unix:" + edge.socket).toList();
  }

  /** Where requests for a section go: one address for each replica. */
  List<InetSocketAddress> entrances(String section) {
    return edges.stream().map(edge -> new InetSocketAddress(edge.ip, port(section))).toList();
  }

  private int port(String section) {
    for (int i = 0; i < sections.size(); i++) {
      if (sections.get(i).name().equals(section)) {
        return FIRST_PORT + i;
      }
    }
    throw new IllegalArgumentException("no section " + section);
  }

  /** The shares of one section. */
  Proxies section(String section) {
    return () -> {
      SortedMap<String, Map<String, Double>> shares = new TreeMap<>();
      edges.forEach(edge -> shares.put(edge.name, Shares.proportional(edge.weights(section))));
      return shares;
    };
  }

  @Override
  public void close() {
    edges.forEach(edge -> edge.child.kill());
  }

  /** One replica. */
  final class Edge {
    private final Sandbox sandbox;
    private final String name;
    private final String ip;
    private final Path socket;
    private final List<String> command;
    private final RuntimeApi api;
    private Child child;

    private Edge(Sandbox sandbox, Path binary, String name, int host) throws IOException {
      this.sandbox = sandbox;
      this.name = name;
      this.ip = Sandbox.address(host);
      Path directory = sandbox.directory(name);
      this.socket = directory.resolve("admin.sock");
      Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration());
      this.command = List.of(binary.toString(), "-db", "-f", file.toString());
      this.api = new RuntimeApi(new UnixDialer(socket, new Limits(Duration.ofSeconds(2), 1 << 20)));
      this.child = sandbox.start(name, command);
    }

    String name() {
      return name;
    }

    private String configuration() {
      StringBuilder text =
          new StringBuilder(
              """
              global
               stats socket %s mode 600 level admin
               maxconn 4000
              defaults
               mode http
               balance roundrobin
               http-reuse safe
               timeout connect 1s
               timeout client 30s
               timeout server 5s
              """
                  .formatted(socket));
      for (Section section : sections) {
        text.append(
            "frontend in_%s\n bind %s:%d\n default_backend %s\nbackend %s\n"
                .formatted(
                    section.name(), ip, port(section.name()), section.name(), section.name()));
        int n = 0;
        for (String server : section.servers()) {
          text.append(" server s%d %s weight 10\n".formatted(++n, server));
        }
      }
      return text.toString();
    }

    /** Weights by address of the servers that take requests; empty when it cannot be read. */
    Map<String, Integer> weights(String section) {
      Map<String, Integer> weights = new TreeMap<>();
      try {
        for (ServersState.Server server : servers(section)) {
          boolean serves =
              !server.maintenance()
                  && !server.draining()
                  && server.operation() != ServersState.Operation.STOPPED;
          weights.merge(address(server), serves ? server.weight() : 0, Integer::sum);
        }
      } catch (IOException restarting) {
        return Map.of();
      }
      return weights;
    }

    private List<ServersState.Server> servers(String section) throws IOException {
      return ServersState.parse(
              api.show(List.of(Command.of("show", "servers", "state", section))).getFirst())
          .orElseThrow(() -> new LabException(name + " has no backend " + section));
    }

    private static String address(ServersState.Server server) {
      return server.address() + ":" + server.port();
    }

    /** As a person with a shell on the proxy would: sets the weights of these addresses. */
    void byHand(String section, Map<String, Integer> weights) throws IOException {
      List<Command> commands = new ArrayList<>();
      for (ServersState.Server server : servers(section)) {
        Integer weight = weights.get(address(server));
        if (weight != null) {
          commands.add(
              Command.of(
                  "set", "server", section + "/" + server.name(), "weight", weight.toString()));
        }
      }
      List<String> said = api.run(commands);
      if (!said.isEmpty()) {
        throw new LabException(name + ": " + said);
      }
    }

    /** Kills it outright and starts it again from its file; does not wait until it answers. */
    void killAndStart() {
      child.kill();
      child = sandbox.start(name, command);
    }
  }
}
