package io.evenkeel.wire.haproxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The answer to {@code show stat} (management guide §9.1): CSV, quoted as in RFC 4180, columns told
 * by the header.
 */
public final class StatCsv {
  private static final String NO_PROXY = "No such proxy.";

  private StatCsv() {}

  /** One line; an empty field is absent. */
  public record Row(Map<String, String> fields) {
    public Row {
      fields = Map.copyOf(fields);
    }

    public String proxy() {
      return fields.getOrDefault("pxname", "");
    }

    public String server() {
      return fields.getOrDefault("svname", "");
    }

    public boolean isBackend() {
      return "1".equals(fields.get("type"));
    }

    public boolean isServer() {
      return "2".equals(fields.get("type"));
    }

    /** A backup server gets requests only while no other server can. */
    public boolean isBackup() {
      return isServer() && "1".equals(fields.get("bck"));
    }

    /** Such as {@code UP}, {@code DOWN}, {@code MAINT}, {@code no check}. */
    public String status() {
      return fields.getOrDefault("status", "");
    }

    /**
     * The balancing algorithm of a backend; {@code unknown} where this version has no name for it.
     */
    public String algorithm() {
      return fields.getOrDefault("algo", "");
    }

    /** Percent of its weight that a starting server gets. */
    public OptionalLong throttle() throws MalformedAnswer {
      return number("throttle");
    }

    /** The weight after agent and slow start. */
    public OptionalLong effectiveWeight() throws MalformedAnswer {
      return number("weight");
    }

    /** Requests (or connections in TCP mode) that were given to it, sticky ones included. */
    public long requests() throws MalformedAnswer {
      return number("stot").orElse(0);
    }

    /** Open sessions, a WebSocket among them, and queued ones. */
    public long sessions() throws MalformedAnswer {
      return number("scur").orElse(0) + number("qcur").orElse(0);
    }

    private OptionalLong number(String name) throws MalformedAnswer {
      String text = fields.get(name);
      if (text == null) {
        return OptionalLong.empty();
      }
      try {
        long number = Long.parseLong(text);
        if (number >= 0) {
          return OptionalLong.of(number);
        }
      } catch (NumberFormatException garbage) {
        // Told below, with the value.
      }
      throw new MalformedAnswer(name + " is not a count: " + MalformedAnswer.quote(text));
    }
  }

  /**
   * Parses an answer.
   *
   * @return empty when HAProxy does not have the proxy
   * @throws MalformedAnswer when it is anything but that format
   */
  public static Optional<List<Row>> parse(String answer) throws MalformedAnswer {
    if (answer.strip().equals(NO_PROXY)) {
      return Optional.empty();
    }
    List<List<String>> lines = records(answer);
    if (lines.isEmpty() || !lines.getFirst().getFirst().equals("# pxname")) {
      throw new MalformedAnswer(
          "not a stat table: "
              + MalformedAnswer.quote(answer.substring(0, Math.min(60, answer.length()))));
    }
    List<String> names = new ArrayList<>(lines.getFirst());
    names.set(0, "pxname");
    List<Row> rows = new ArrayList<>();
    for (List<String> line : lines.subList(1, lines.size())) {
      if (line.size() != names.size()) {
        throw new MalformedAnswer(
            "a stat line of other length: " + MalformedAnswer.quote(line.getFirst()));
      }
      Map<String, String> fields = new HashMap<>();
      for (int i = 0; i < names.size(); i++) {
        if (!line.get(i).isEmpty()) {
          fields.put(names.get(i), line.get(i));
        }
      }
      rows.add(new Row(fields));
    }
    return Optional.of(List.copyOf(rows));
  }

  private static List<List<String>> records(String text) throws MalformedAnswer {
    List<List<String>> records = new ArrayList<>();
    List<String> record = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c != '"') {
          field.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        record.add(field.toString());
        field.setLength(0);
        if (c == '\n') {
          records.add(record);
          record = new ArrayList<>();
        }
      } else {
        field.append(c);
      }
    }
    if (quoted || !record.isEmpty() || !field.isEmpty()) {
      throw new MalformedAnswer("the stat table was cut short");
    }
    return records;
  }
}
