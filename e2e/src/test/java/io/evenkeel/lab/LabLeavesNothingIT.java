package io.evenkeel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However a lab ends, no process, namespace, mount or file of it is left. */
class LabLeavesNothingIT {
  /** Long enough to be told from every other sleep. */
  private static final String MARK = "86423.1";

  /** A lab of one process, in a sandbox of its own. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (Sandbox sandbox = Sandbox.open()) {
        sandbox.start("mark", List.of("sleep", MARK));
        // A grandchild that ignores being asked, and has left the process group.
        sandbox.start("stray", List.of("setsid", "sh", "-c", "trap '' TERM; sleep " + MARK));
        System.out.println("up");
        switch (args[0]) {
          case "succeed" -> {}
          case "fail" -> throw new IllegalStateException("as asked");
          default -> Thread.currentThread().join();
        }
      }
    }
  }

  /** Of this test alone: other labs of this machine come and go in the usual one. */
  @TempDir private Path temporary;

  private final Set<String> namespacesBefore = namespaces();

  private Process start(String mode) throws IOException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Program.class.getName(),
            mode);
    // A background job ignores INT, one of nohup HUP; a lab started from a terminal does not.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,HUP,TERM"));
    command.addAll(Sandbox.command(java));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("TMPDIR", temporary.toString());
    return builder.start();
  }

  @Test
  void afterSuccess() throws Exception {
    Process process = start("succeed");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertNothingLeft();
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void afterFailure() throws Exception {
    Process process = start("fail");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertNothingLeft();
    assertThat(temporary).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP", "KILL"})
  void afterSignal(String signal) throws Exception {
    Process process = start("hold");
    assertThat(process.inputReader().readLine()).isEqualTo("up");
    assertThat(marked()).hasSizeGreaterThanOrEqualTo(2);

    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();

    boolean ended = process.waitFor(30, TimeUnit.SECONDS);
    process.destroyForcibly(); // So that one failure does not become the next test's.
    assertThat(ended).isTrue();
    assertNothingLeft();
    if (!signal.equals("KILL")) { // Nobody is left to remove the folder, but it is empty.
      assertThat(temporary).isEmptyDirectory();
    }
  }

  private void assertNothingLeft() {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> {
          assertThat(marked()).isEmpty();
          assertThat(namespaces()).isEqualTo(namespacesBefore);
        });
    String mounts = ControlPlane.text(Path.of("/proc/self/mounts"));
    assertThat(folders())
        .allSatisfy(folder -> {
          assertThat(mounts).doesNotContain(folder.toString());
          assertThat(folder).isEmptyDirectory();
        });
  }

  private static List<String> marked() {
    List<String> found = new ArrayList<>();
    for (Path process : processes()) {
      try {
        String command = Files.readString(process.resolve("cmdline"));
        if (command.contains(MARK)) {
          found.add(command);
        }
      } catch (IOException _) {
        // It has ended meanwhile.
      }
    }
    return found;
  }

  private static Set<String> namespaces() {
    return processes().stream()
        .flatMap(process -> {
          try {
            return Stream.of(
                Files.readSymbolicLink(process.resolve("ns/net")).toString(),
                Files.readSymbolicLink(process.resolve("ns/mnt")).toString());
          } catch (IOException _) {
            return Stream.of();
          }
        })
        .collect(Collectors.toSet());
  }

  private static List<Path> processes() {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(p -> p.getFileName().toString().matches("\\d+")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> folders() {
    try (Stream<Path> all = Files.list(temporary)) {
      return all.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
