package io.evenkeel.demo;

import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code demo}: outside a sandbox it enters one, inside it tells the story. */
@Command(
    name = "demo",
    description = {
      "The outage happens, and then it does not: a real API server, real proxies and real requests,"
          + " in a network namespace of its own. A load balancer's weights are bent, first with"
          + " nobody watching, then with the operator running.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every scenario ended even and verified, and no correction lost a request",
      "1:one did not, or the lab did not come up",
      "2:the command line was not understood"
    },
    footer = {"", "Needs root on Linux. Leaves no process, namespace, mount or file behind."})
public final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = {
        "Only this one; may be given more than once. One of: ${COMPLETION-CANDIDATES}."
      },
      completionCandidates = Names.class)
  private List<String> scenarios = List.of();

  @Option(
      names = "--keep",
      description = "Stay up after the story until Ctrl-C, and print how to point kubectl at it.")
  private boolean keep;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures there as JSON; plain output.")
  private @Nullable Path json;

  @Option(
      names = "--no-tty",
      description =
          "Plain lines, no live picture. So it is anyway when the output is not a terminal.")
  private boolean plain;

  @Spec private @Nullable CommandSpec spec;

  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Story.SCENARIOS.stream().map(Scenario::id).iterator();
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Scenario> chosen = chosen();
    if (Sandbox.isInside()) {
      return tell(chosen);
    }
    try (Binaries binaries = Binaries.open()) {
      binaries.request(parts());
      return Sandbox.reenter(Objects.requireNonNull(spec), binaries.environment());
    }
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>(Story.PARTS);
    if (keep) {
      parts.add(Part.KUBECTL);
    }
    return parts;
  }

  private List<Scenario> chosen() {
    List<String> known = Story.SCENARIOS.stream().map(Scenario::id).toList();
    for (String name : scenarios) {
      if (!known.contains(name) && spec != null) {
        throw new ParameterException(
            spec.commandLine(), "no scenario " + name + "; there are: " + String.join(", ", known));
      }
    }
    return Story.SCENARIOS.stream()
        .filter(s -> scenarios.isEmpty() || scenarios.contains(s.id()))
        .toList();
  }

  private int tell(List<Scenario> chosen) throws IOException, InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    boolean terminal =
        !plain && json == null && System.console() != null && System.console().isTerminal();
    Screen screen = terminal ? new LiveScreen(out) : new PlainScreen(out);
    Thread cursor = new Thread(screen::close, "screen-close");
    Runtime.getRuntime().addShutdownHook(cursor);
    try (Binaries binaries = Binaries.open();
        Story story = new Story(binaries, screen, out, terminal)) {
      Report report = story.tell(chosen);
      if (json != null) {
        report.write(json);
      }
      if (keep) {
        story.keep(binaries.get(Part.KUBECTL));
      }
      return report.ok() ? 0 : 1;
    } catch (LabException e) {
      screen.close();
      throw e;
    }
  }
}
