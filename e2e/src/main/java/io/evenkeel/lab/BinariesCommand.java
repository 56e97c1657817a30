package io.evenkeel.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code binaries}: has the lab's parts ready before something that has no network needs them. */
@Command(
    name = "binaries",
    description = "Finds, builds or installs the lab's parts, and shows progress.",
    mixinStandardHelpOptions = true)
public final class BinariesCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PART",
      description = "Which; all by default: ${COMPLETION-CANDIDATES}.",
      arity = "0..*")
  private List<Part> parts = List.of();

  @Option(
      names = "--java",
      paramLabel = "FILE",
      description = "Also writes a script there that is this JVM's java, in a sandbox.")
  private @Nullable Path java;

  @Override
  public Integer call() throws IOException {
    try (Binaries binaries = Binaries.open()) {
      binaries.await(
          parts.isEmpty() ? List.of(Part.values()) : parts, System.out, Sandbox.isOnTerminal());
    }
    if (java != null) {
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
                "\nset -u\n", "\nset -u\nset -- '%s' -XX:-UsePerfData \"\\$@\"\n".formatted(real));
    Files.writeString(file, script, StandardCharsets.UTF_8);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + file + " executable");
    }
  }
}
