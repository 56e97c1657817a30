package io.evenkeel.wire.haproxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answer to {@code show servers state [backend]}, format version 1 (management guide §9.3). */
public final class ServersState {
  /** What HAProxy answers for a backend that it does not have. */
  private static final String NO_BACKEND = "Can't find backend.";

  private ServersState() {}

  /** Operational state, {@code srv_op_state}. */
  public enum Operation {
    STOPPED,
    /** Up and throttled by {@code slowstart}. */
    STARTING,
    RUNNING,
    /** Up, but asking for no new sessions. */
    STOPPING
  }

  /**
   * One server.
   *
   * @param address an IP address, or {@code -} where there is none: unresolved, or a Unix socket
   * @param port 0 where there is none: that of the incoming connection is used, or a Unix socket
   * @param admin bits of {@code srv_admin_state}
   * @param weight {@code srv_uweight}, 0..256: what is configured now
   * @param initialWeight {@code srv_iweight}: what the process started it with
   * @param agent bits of {@code srv_agent_state}
   */
  public record Server(
      String backend,
      String name,
      String address,
      int port,
      Operation operation,
      int admin,
      int weight,
      int initialWeight,
      int agent) {
    private static final int FORCED_MAINT = 0x01;
    private static final int INHERITED_MAINT = 0x02;
    private static final int CONFIGURED_MAINT = 0x04;
    private static final int FORCED_DRAIN = 0x08;
    private static final int INHERITED_DRAIN = 0x10;
    private static final int RESOLUTION_MAINT = 0x20;
    private static final int AGENT_ENABLED = 0x04;

    /** In maintenance now, whoever put it there. */
    public boolean maintenance() {
      return (admin & (FORCED_MAINT | INHERITED_MAINT | RESOLUTION_MAINT)) != 0;
    }

    public boolean draining() {
      return (admin & (FORCED_DRAIN | INHERITED_DRAIN)) != 0;
    }

    /**
     * {@code disabled} in the configuration and in maintenance now: a free slot, a reserve, or one
     * that was in use and that somebody has put in maintenance. HAProxy shows these alike.
     */
    public boolean disabled() {
      return (admin & CONFIGURED_MAINT) != 0 && (admin & FORCED_MAINT) != 0;
    }

    /** Its name does not resolve, so it gets no requests. */
    public boolean unresolved() {
      return (admin & RESOLUTION_MAINT) != 0;
    }

    /** Whether an IP address and a port say where its requests go. */
    public boolean hasAddress() {
      return !"-".equals(address) && port != 0;
    }

    /** An agent may change its weight and state at any time. */
    public boolean agentChecked() {
      return (agent & AGENT_ENABLED) != 0;
    }
  }

  /**
   * Parses an answer.
   *
   * @return empty when HAProxy does not have the backend
   * @throws MalformedAnswer when it is anything but that format
   */
  public static Optional<List<Server>> parse(String answer) throws MalformedAnswer {
    List<String> lines = answer.lines().toList();
    if (lines.size() == 1 && lines.getFirst().strip().equals(NO_BACKEND)) {
      return Optional.empty();
    }
    if (lines.size() < 2 || !lines.get(0).strip().equals("1") || !lines.get(1).startsWith("# ")) {
      throw new MalformedAnswer(
          "not a servers state of version 1: "
              + MalformedAnswer.quote(lines.isEmpty() ? "" : lines.getFirst()));
    }
    String[] names = lines.get(1).substring(2).strip().split(" ", -1);
    Map<String, Integer> columns = new HashMap<>();
    for (int i = 0; i < names.length; i++) {
      columns.put(names[i], i);
    }
    List<Server> servers = new ArrayList<>();
    for (String line : lines.subList(2, lines.size())) {
      if (!line.isEmpty() && !line.startsWith("#")) {
        servers.add(server(columns, line));
      }
    }
    return Optional.of(List.copyOf(servers));
  }

  private static Server server(Map<String, Integer> columns, String line) throws MalformedAnswer {
    String[] values = line.strip().split(" ", -1);
    if (values.length != columns.size()) {
      throw new MalformedAnswer("a server line of other length: " + MalformedAnswer.quote(line));
    }
    int operation = number(columns, values, "srv_op_state", Operation.values().length - 1);
    return new Server(
        text(columns, values, "be_name"),
        text(columns, values, "srv_name"),
        text(columns, values, "srv_addr"),
        number(columns, values, "srv_port", 65535),
        Operation.values()[operation],
        number(columns, values, "srv_admin_state", 0xffff),
        number(columns, values, "srv_uweight", 256),
        number(columns, values, "srv_iweight", 256),
        number(columns, values, "srv_agent_state", 0xffff));
  }

  private static String text(Map<String, Integer> columns, String[] values, String name)
      throws MalformedAnswer {
    Integer column = columns.get(name);
    if (column == null) {
      throw new MalformedAnswer("the servers state has no column " + name);
    }
    return values[column];
  }

  private static int number(Map<String, Integer> columns, String[] values, String name, int max)
      throws MalformedAnswer {
    String text = text(columns, values, name);
    try {
      int number = Integer.parseInt(text);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException garbage) {
      // Told below, with the value.
    }
    throw new MalformedAnswer(name + " is not in 0.." + max + ": " + MalformedAnswer.quote(text));
  }
}
