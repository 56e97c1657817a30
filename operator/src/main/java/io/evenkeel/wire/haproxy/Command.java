package io.evenkeel.wire.haproxy;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One command of the runtime API. Its words hold nothing that the command line gives a meaning: no
 * space, newline, semicolon, backslash or payload marker, so that a name can never become a second
 * command.
 */
public record Command(List<String> words) {
  private static final Pattern WORD = Pattern.compile("[-_.:/#%+@A-Za-z0-9]{1,512}");

  /**
   * @throws IllegalArgumentException when a word holds anything else
   */
  public Command {
    words = List.copyOf(words);
    for (String word : words) {
      if (!WORD.matcher(word).matches()) {
        throw new IllegalArgumentException(
            "not a word of a HAProxy command: " + MalformedAnswer.quote(word));
      }
    }
    if (words.isEmpty()) {
      throw new IllegalArgumentException("an empty HAProxy command");
    }
  }

  public static Command of(String... words) {
    return new Command(List.of(words));
  }

  /**
   * Whether a backend or server name can stand in a command (HAProxy allows the same characters).
   */
  public static boolean isName(String name) {
    return name.matches("[-_.:A-Za-z0-9]{1,256}");
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }
}
