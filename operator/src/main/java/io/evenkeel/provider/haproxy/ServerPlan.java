package io.evenkeel.provider.haproxy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What separates one backend section of one replica from what it should be, as commands. Pure:
 * planned anew from every reading, so that nothing is remembered between two writes.
 *
 * @param additions {@code add server} commands; each needs a conversation of its own
 * @param changes in order: raise and enable, then lower, then drain
 * @param told the same for people
 * @param missing endpoints that should get requests and have no server, or one that may not be
 *     written
 * @param respected servers that somebody drained or put in maintenance, left alone
 * @param strangers servers with a weight that belong to no endpoint, left alone
 * @param targetWeight the sum of the weights of servers that take requests once this is done
 */
record ServerPlan(
    List<Addition> additions,
    List<Command> changes,
    List<String> told,
    List<String> missing,
    List<String> respected,
    List<String> strangers,
    int targetWeight) {
  static final String OWN_PREFIX = "ek-";
  private static final int MAX = 256;

  /**
   * A server to create, with every keyword written out. It begins with weight 0 in maintenance, as
   * one that leaves, and gets its weight last, so that a crash before that leaves nothing that
   * looks like a person's work.
   */
  record Addition(String name, int weight, Command add, List<Command> enable) {}

  /**
   * What is wanted.
   *
   * @param ownsServers Evenkeel adds and removes servers too
   * @param respectDrains leave alone what somebody drained
   * @param mayAdd whether an endpoint's address may be written into a proxy
   * @param names fresh server names, never one that was used before
   */
  record Wish(
      String backend,
      boolean ownsServers,
      boolean respectDrains,
      SortedMap<EndpointId, Integer> weights,
      Predicate<Endpoint> mayAdd,
      Supplier<String> names) {}

  boolean isEmpty() {
    return additions.isEmpty() && changes.isEmpty();
  }

  /** Whether only servers that have to be added yet would take requests once this is done. */
  boolean standsOnAdditions() {
    return !additions.isEmpty()
        && additions.stream().mapToInt(Addition::weight).sum() == targetWeight;
  }

  static ServerPlan of(Wish wish, Collection<Endpoint> endpoints, List<Server> servers) {
    return new Builder(wish, endpoints, servers).build();
  }

  /**
   * Whether a server is on its way out by our own hand: people who drain a server leave its weight
   * alone.
   */
  static boolean leaving(Server server) {
    return server.weight() == 0
        && (server.draining() || server.maintenance())
        && !server.disabled();
  }

  private static final class Builder {
    private final Wish wish;
    private final Map<EndpointId, Endpoint> endpoints = new TreeMap<>();
    private final List<Server> servers;
    private final Map<Address, Server> byAddress = new HashMap<>();
    private final Deque<Server> slots = new ArrayDeque<>();
    private final List<Addition> additions = new ArrayList<>();
    private final List<Command> raise = new ArrayList<>();
    private final List<Command> lower = new ArrayList<>();
    private final List<Command> drain = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> respected = new ArrayList<>();
    private final List<String> strangers = new ArrayList<>();
    private int total;

    Builder(Wish wish, Collection<Endpoint> all, List<Server> servers) {
      this.wish = wish;
      this.servers = servers;
      all.forEach(endpoint -> endpoints.put(endpoint.id(), endpoint));
      servers.stream()
          .filter(server -> server.hasAddress() && !server.unresolved() && stands(server))
          // One in use stands for an address before one that is disabled.
          .sorted(Comparator.comparing(Server::disabled))
          .forEach(server -> byAddress.putIfAbsent(address(server), server));
    }

    /**
     * Whether a server can stand for the endpoint at its address. A disabled one with a weight does
     * where Evenkeel owns the servers: it has parked none like that, so it was in use and a person
     * put it in maintenance.
     */
    private boolean stands(Server server) {
      return !server.disabled() || server.weight() == 0 || wish.ownsServers();
    }

    ServerPlan build() {
      Map<String, Integer> wanted = new HashMap<>();
      Set<String> claimed = new HashSet<>();
      List<Endpoint> unserved = new ArrayList<>();
      for (Map.Entry<EndpointId, Integer> entry : wish.weights().entrySet()) {
        Endpoint endpoint = endpoints.get(entry.getKey());
        Server server = endpoint == null ? null : serverOf(endpoint);
        if (endpoint != null) {
          // A second address of the same endpoint counts for it too, so only one of them carries
          // its weight.
          endpoint.addresses().stream()
              .map(byAddress::get)
              .filter(Objects::nonNull)
              .forEach(other -> wanted.putIfAbsent(other.name(), 0));
        }
        if (server != null) {
          claimed.add(server.name());
          wanted.merge(server.name(), entry.getValue(), Integer::sum);
        } else if (entry.getValue() > 0) {
          if (endpoint != null && wish.ownsServers() && wish.mayAdd().test(endpoint)) {
            unserved.add(endpoint);
          } else {
            missing.add(
                endpoint == null ? entry.getKey().toString() : endpoint.primary().toString());
          }
        }
      }
      for (Server server : servers) {
        if (server.disabled() && !claimed.contains(server.name())) {
          slots.add(server);
        } else if (!server.unresolved()) {
          Integer weight = wanted.get(server.name());
          if (weight != null) {
            known(server, Math.min(MAX, weight));
          } else {
            stranger(server);
          }
        }
      }
      unserved.forEach(endpoint -> add(endpoint, wish.weights().getOrDefault(endpoint.id(), 0)));
      List<Command> changes = new ArrayList<>(raise);
      changes.addAll(lower);
      changes.addAll(drain);
      return new ServerPlan(
          List.copyOf(additions), changes, told, missing, respected, strangers, total);
    }

    private @Nullable Server serverOf(Endpoint endpoint) {
      Server primary = byAddress.get(endpoint.primary());
      return primary != null
          ? primary
          : endpoint.addresses().stream()
              .map(byAddress::get)
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
    }

    private void known(Server server, int weight) {
      boolean idle = server.maintenance() || server.draining();
      // On its way out or parked by our own hand: people leave the weight alone.
      boolean ours = wish.ownsServers() && server.weight() == 0;
      boolean reserve = server.disabled() && !wish.ownsServers();
      if (idle && !ours && (wish.respectDrains() || reserve)) {
        respected.add(server.name());
        return;
      }
      if (idle && weight == 0 && ours) {
        return;
      }
      total += weight;
      if (idle) {
        raise.add(set(server, "state", "ready"));
        told.add(server.name() + " ready");
      }
      if (server.weight() != weight) {
        (weight > server.weight() ? raise : lower).add(set(server, "weight", "" + weight));
        told.add(server.name() + " weight " + server.weight() + " → " + weight);
      }
    }

    private void stranger(Server server) {
      boolean idle = server.maintenance() || server.draining();
      if (!wish.ownsServers()) {
        if (server.weight() > 0 && !idle) {
          strangers.add(server.name() + " (" + server.address() + ":" + server.port() + ")");
          total += server.weight();
        }
        return;
      }
      if (server.weight() > 0) {
        drain.add(set(server, "weight", "0"));
        told.add(server.name() + " leaves");
      }
      if (!idle) {
        drain.add(set(server, "state", "drain"));
      }
    }

    private void add(Endpoint endpoint, int weight) {
      Address address = endpoint.primary();
      total += weight;
      Server slot = slots.poll();
      if (slot != null) {
        // Its weight comes last: cut short before that, this does not look like a person's work.
        raise.add(set(slot, "weight", "0"));
        raise.add(set(slot, "addr", address.ip(), "port", "" + address.port()));
        raise.add(set(slot, "state", "ready"));
        raise.add(set(slot, "weight", "" + weight));
        told.add(slot.name() + " takes " + address);
        return;
      }
      String server = wish.names().get();
      String name = wish.backend() + "/" + server;
      additions.add(
          new Addition(
              server,
              weight,
              Command.of("add", "server", name, literal(address), "weight", "0"),
              List.of(
                  Command.of("set", "server", name, "state", "ready"),
                  Command.of("set", "server", name, "weight", "" + weight))));
      told.add(name + " added for " + address);
    }

    private Command set(Server server, String... words) {
      List<String> all = new ArrayList<>(List.of("set", "server"));
      all.add(wish.backend() + "/" + server.name());
      all.addAll(List.of(words));
      return new Command(all);
    }
  }

  /** HAProxy tells the family by prefix and takes IPv6 without brackets. */
  private static String literal(Address address) {
    return (address.ip().indexOf(':') < 0 ? "ipv4@" : "ipv6@")
        + address.ip()
        + ":"
        + address.port();
  }

  static Address address(Server server) {
    return new Address(InetAddress.ofLiteral(server.address()).getHostAddress(), server.port());
  }
}
