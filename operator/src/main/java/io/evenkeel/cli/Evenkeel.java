package io.evenkeel.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

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
  private Evenkeel() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Evenkeel())
        .setExecutionExceptionHandler((failure, line, parsed) -> {
          line.getErr().println("evenkeel: " + failure.getMessage());
          return 2;
        });
  }
}
