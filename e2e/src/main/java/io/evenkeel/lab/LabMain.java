package io.evenkeel.lab;

import io.evenkeel.demo.DemoCommand;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The lab's commands. */
@Command(
    name = "lab",
    description = "A real control plane, real proxies and real backends on this machine.",
    mixinStandardHelpOptions = true,
    subcommands = {UpCommand.class, LabMain.Prepare.class, DemoCommand.class})
public final class LabMain {
  private LabMain() {}

  public static void main(String[] args) {
    CommandLine line = new CommandLine(new LabMain());
    line.setExecutionExceptionHandler((e, command, _) -> {
      if (!(e instanceof LabException)) {
        throw e;
      }
      command.getErr().println(e.getMessage());
      return 1;
    });
    System.exit(line.execute(args));
  }

  static boolean isTerminal() {
    return System.console() != null && System.console().isTerminal();
  }

  @Command(
      name = "binaries",
      description = "Finds, builds or installs the lab's parts, and shows progress.",
      mixinStandardHelpOptions = true)
  static final class Prepare implements Callable<Integer> {
    @Parameters(
        paramLabel = "PART",
        description = "Which; all by default: ${COMPLETION-CANDIDATES}.",
        arity = "0..*")
    List<Part> parts = List.of();

    @Option(
        names = "--java",
        paramLabel = "FILE",
        description = "Also writes a script there that is this JVM's java, in a sandbox.")
    Path java = Path.of("");

    @Override
    public Integer call() throws IOException {
      try (Binaries binaries = Binaries.open()) {
        PrintStream out = System.out;
        binaries.await(parts.isEmpty() ? List.of(Part.values()) : parts, out, isTerminal());
      }
      if (!java.toString().isEmpty()) {
        writeJava(java);
      }
      return 0;
    }

    private static void writeJava(Path file) throws IOException {
      Path real = Path.of(System.getProperty("java.home"), "bin", "java");
      Files.createDirectories(file.toAbsolutePath().getParent());
      String script =
          Sandbox.script()
              .replaceFirst(
                  "\nset -u\n",
                  "\nset -u\nset -- '%s' -XX:-UsePerfData \"\\$@\"\n".formatted(real));
      Files.writeString(file, script, StandardCharsets.UTF_8);
      if (!file.toFile().setExecutable(true)) {
        throw new IOException("cannot make " + file + " executable");
      }
    }
  }
}
