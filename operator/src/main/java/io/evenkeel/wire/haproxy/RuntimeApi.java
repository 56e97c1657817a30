package io.evenkeel.wire.haproxy;

import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Conversations with one HAProxy process: commands on one line, separated by semicolons, then
 * everything up to the end of the stream (management guide §9.3, non-interactive mode). Each
 * conversation is a connection of its own, within the dialer's limits.
 */
public record RuntimeApi(Dialer dialer) {
  /** Half of HAProxy's default {@code tune.bufsize}, in which a whole line must fit. */
  private static final int LINE = 8192;

  /**
   * Asks {@code show} commands, whose answers each end with an empty line.
   *
   * @return one answer for each command, without that empty line
   * @throws MalformedAnswer when there are fewer or more answers, or the last one is cut short
   * @throws IOException when it cannot be reached, or exceeds the limits
   */
  public List<String> show(List<Command> commands) throws IOException {
    List<String> answers = new ArrayList<>();
    for (List<Command> line : lines(commands)) {
      List<String> blocks = blocks(converse(line));
      if (blocks.size() != line.size()) {
        throw new MalformedAnswer(
            dialer.describe()
                + " gave "
                + blocks.size()
                + " answers to "
                + line.size()
                + " questions");
      }
      answers.addAll(blocks);
    }
    return answers;
  }

  /**
   * Runs commands that change something, in one conversation. Their answers cannot be told apart
   * reliably (some end with an empty line, some do not), so that only reading back tells what came
   * of them.
   *
   * @return every line that HAProxy said, for people
   * @throws IOException when the conversation failed; some of the commands may have been carried
   *     out
   */
  public List<String> run(List<Command> commands) throws IOException {
    List<String> said = new ArrayList<>();
    for (List<Command> line : lines(commands)) {
      converse(line).lines().map(String::strip).filter(s -> !s.isEmpty()).forEach(said::add);
    }
    return said;
  }

  private String converse(List<Command> commands) throws IOException {
    String line = commands.stream().map(Command::toString).collect(Collectors.joining(";"));
    try (Connection connection = dialer.dial()) {
      connection.output().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      connection.output().flush();
      // Latin-1 never fails: the codecs look at ASCII only and judge the rest themselves.
      return new String(connection.input().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static List<List<Command>> lines(List<Command> commands) {
    List<List<Command>> lines = new ArrayList<>();
    int length = LINE;
    for (Command command : commands) {
      int more = command.toString().length() + 1;
      if (length + more > LINE) {
        lines.add(new ArrayList<>());
        length = 0;
      }
      lines.getLast().add(command);
      length += more;
    }
    return lines;
  }

  /** Splits at empty lines; text after the last one means that the answer was cut short. */
  static List<String> blocks(String text) throws MalformedAnswer {
    List<String> blocks = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      if (text.charAt(start) == '\n') {
        blocks.add("");
        start++;
        continue;
      }
      int end = text.indexOf("\n\n", start);
      if (end < 0) {
        throw new MalformedAnswer(
            "the answer was cut short after " + MalformedAnswer.quote(tail(text)));
      }
      blocks.add(text.substring(start, end + 1));
      start = end + 2;
    }
    return blocks;
  }

  private static String tail(String text) {
    return text.substring(Math.max(0, text.length() - 60));
  }
}
