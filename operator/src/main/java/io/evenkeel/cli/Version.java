package io.evenkeel.cli;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what this is. */
@Command(name = "version", description = "Print the version.")
final class Version implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println(text());
    out.flush();
    return 0;
  }

  private static String text() {
    return "evenkeel "
        + Objects.requireNonNullElse(
            Evenkeel.class.getPackage().getImplementationVersion(), "development build")
        + " (Java "
        + Runtime.version()
        + ")";
  }

  /** For {@code --version}. */
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {text()};
    }
  }
}
