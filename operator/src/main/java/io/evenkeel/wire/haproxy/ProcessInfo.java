package io.evenkeel.wire.haproxy;

import java.util.HashMap;
import java.util.Map;

/**
 * Which process answers, from {@code show info}.
 *
 * @param version as it tells it, for evidence
 * @param pid in the process's own PID namespace
 * @param started seconds since 1970; 0 where this version does not say
 */
public record ProcessInfo(String version, long pid, long started) {
  /**
   * @throws MalformedAnswer when it is not an answer to {@code show info}
   */
  public static ProcessInfo parse(String answer) throws MalformedAnswer {
    Map<String, String> values = new HashMap<>();
    for (String line : answer.lines().toList()) {
      int colon = line.indexOf(": ");
      if (colon > 0) {
        values.put(line.substring(0, colon), line.substring(colon + 2).strip());
      }
    }
    if (!"HAProxy".equals(values.get("Name"))) {
      throw new MalformedAnswer(
          "not HAProxy: "
              + MalformedAnswer.quote(answer.substring(0, Math.min(60, answer.length()))));
    }
    try {
      return new ProcessInfo(
          values.getOrDefault("Version", ""),
          Long.parseLong(values.getOrDefault("Pid", "")),
          Long.parseLong(values.getOrDefault("Start_time_sec", "0")));
    } catch (NumberFormatException garbage) {
      throw new MalformedAnswer("the process id or start time is not a number");
    }
  }

  /** Changes with every restart and reload; counters and run-time changes begin anew then. */
  public String incarnation() {
    return pid + "@" + started;
  }
}
