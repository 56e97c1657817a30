package io.evenkeel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** What the commands say of themselves, and of what they cannot take. */
class OptionsTest {
  private static final Pattern DEFAULT =
      Pattern.compile("\\$\\{env:(EVENKEEL_[A-Z_]+):-(.*)}", Pattern.DOTALL);

  private record Run(int status, String out, String err) {}

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Evenkeel.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Run(status, out.toString(), err.toString());
  }

  static Stream<OptionSpec> operatorOptions() {
    CommandLine operator =
        Objects.requireNonNull(Evenkeel.commandLine().getSubcommands().get("operator"));
    return operator.getCommandSpec().options().stream()
        .filter(o -> !List.of("--help", "--version").contains(o.longestName()));
  }

  @ParameterizedTest
  @MethodSource("operatorOptions")
  void everyOptionHasAVariableAndADefaultAndBothAreDocumented(OptionSpec option)
      throws IOException {
    String name = option.longestName();
    String variable = "EVENKEEL_" + name.substring(2).toUpperCase(Locale.ROOT).replace('-', '_');
    // As it is written: the specification has the value of this machine's environment.
    String written = ((Field) option.userObject()).getAnnotation(Option.class).defaultValue();
    Matcher value = DEFAULT.matcher(written);
    assertThat(value.matches()).as(name).isTrue();
    assertThat(value.group(1)).isEqualTo(variable);
    String help = String.join(" ", option.description());
    assertThat(help).as(name).contains("(" + variable + ", default: ");
    String plain = value.group(2);
    String shown =
        plain.isEmpty() ? "all" : plain.startsWith("$") ? "HOSTNAME, or else evenkeel" : plain;
    assertThat(help).as(name).contains("default: " + shown + ")");
    assertThat(Files.readString(Path.of("../docs/operator.md")))
        .containsPattern(
            "\\| `%s` \\| `%s` \\| `?%s`? \\| .+ \\|"
                .formatted(name, variable, Pattern.quote(shown)));
  }

  @Test
  void theDocumentNamesNoOptionThatIsNotThere() throws IOException {
    List<String> known = operatorOptions().map(OptionSpec::longestName).toList();
    Matcher row =
        Pattern.compile("(?m)^\\| `(--[a-z-]+)`")
            .matcher(Files.readString(Path.of("../docs/operator.md")));
    assertThat(row.results().map(r -> r.group(1)).toList()).containsExactlyElementsOf(known);
  }

  @Test
  void helpIsHelp() {
    Run help = run("operator", "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).contains("--log-format", "EVENKEEL_LEASE_DURATION", "Exit codes:");
    assertThat(help.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--port=abc | --port (or EVENKEEL_PORT): \"abc\" is not a whole number",
        "--port=70000 | --port must be 0 to 65535, not 70000",
        "--workers=0 | --workers must be 1 to 1000, not 0",
        "--leader-election=maybe | --leader-election (or EVENKEEL_LEADER_ELECTION): \"maybe\" is"
            + " none of true, false: write one of them",
        "--lease-duration=15 | --lease-duration (or EVENKEEL_LEASE_DURATION): \"15\" is not a"
            + " duration: write whole numbers with a unit each (h, m, s or ms), such as 500ms,"
            + " 10s or 1h30m",
        "--lease-duration=5s | --retry-period must be shorter than --renew-deadline, and that"
            + " shorter than --lease-duration, as in 2s, 10s and 15s",
        "--lease-duration=500ms | --lease-duration must be at least 1s: a Lease counts whole"
            + " seconds",
        "--retry-period=0s | --retry-period must be at least 100ms",
        "--watch-namespaces=shop,Web | --watch-namespaces: \"Web\" is not the name of a namespace,"
            + " such as evenkeel-system",
        "--log-format=xml | --log-format (or EVENKEEL_LOG_FORMAT): \"xml\" is none of text, json:"
            + " write one of them",
        "--log-level=loud | --log-level (or EVENKEEL_LOG_LEVEL): \"LOUD\" is none of ERROR, WARN,"
            + " INFO, DEBUG, TRACE: write one of them",
        "--identity= | --identity must have 1 to 128 characters, such as the name of the pod",
      })
  void aWrongValueIsToldInOneSentence(String argument, String sentence) {
    Run run = run("operator", argument);
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).startsWith("evenkeel: " + sentence + "\n").doesNotContain("\tat ");
    assertThat(run.err().lines().count()).isLessThanOrEqualTo(2);
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"operate", "operator --prot=1", "status --nothing", "check now"})
  void aWrongCommandLineEndsWithTwo(String line) {
    Run run = run(line.split(" ", -1));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).startsWith("evenkeel: ").doesNotContain("\tat ");
  }
}
