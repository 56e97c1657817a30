package io.evenkeel.e2e;

import io.evenkeel.bench.BenchCommand;
import io.evenkeel.demo.DemoCommand;
import io.evenkeel.lab.BinariesCommand;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.UpCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands on real parts: the lab's own, the demo, and the benchmark. */
@Command(
    name = "lab",
    description = "A real control plane, real proxies and real backends on this machine.",
    mixinStandardHelpOptions = true,
    subcommands = {UpCommand.class, BinariesCommand.class, DemoCommand.class, BenchCommand.class})
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler((e, command, _) -> {
      if (!(e instanceof LabException)) {
        throw e;
      }
      command.getErr().println(e.getMessage());
      return 1;
    });
    System.exit(line.execute(args));
  }
}
