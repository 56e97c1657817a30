package io.evenkeel.cli;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;

/** Keeps traffic even. */
@Command(
    name = "evenkeel",
    description =
        "Keeps traffic even: writes load-balancer weights, reads back what proxies do, corrects"
            + " drift.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.Provider.class,
    subcommands = {OperatorCommand.class, CheckCommand.class, StatusCommand.class, Version.class})
public final class Evenkeel {
  private static final Pattern VARIABLE = Pattern.compile("\\((EVENKEEL_[A-Z_]+)");

  private Evenkeel() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Evenkeel())
        .setParameterExceptionHandler((wrong, arguments) -> {
          CommandLine line = wrong.getCommandLine();
          line.getErr().println("evenkeel: " + sentence(wrong));
          line.getErr()
              .println(
                  "See "
                      + line.getCommandSpec().qualifiedName()
                      + " --help for what can be given.");
          return 2;
        })
        .setExecutionExceptionHandler((failure, line, parsed) -> {
          line.getErr()
              .println(
                  failure instanceof KubernetesClientException
                      ? "evenkeel: the API server cannot be asked: " + Cluster.reason(failure)
                      : "evenkeel: "
                          + Objects.requireNonNullElse(failure.getMessage(), failure.toString()));
          return 2;
        });
  }

  /** What is wrong, with both names of an option: who set the variable may not know the option. */
  private static String sentence(CommandLine.ParameterException wrong) {
    String message = Objects.requireNonNullElse(wrong.getMessage(), "the arguments are wrong");
    if (wrong.getArgSpec() instanceof OptionSpec option) {
      String value = message.replaceFirst("^Invalid value for option '[^']*'[^:]*: ", "");
      Matcher variable = VARIABLE.matcher(String.join(" ", option.description()));
      return option.longestName()
          + (variable.find() ? " (or " + variable.group(1) + "): " : ": ")
          + value;
    }
    return message;
  }
}
