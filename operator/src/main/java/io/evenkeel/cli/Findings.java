package io.evenkeel.cli;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * What a look at the cluster found, a line each. A failure has its remedy below it; failures in a
 * row that have the same one share it, for nobody reads the same sentence twenty times.
 */
final class Findings implements AutoCloseable {
  private final PrintWriter out;
  private @Nullable String remedy;
  private int failures;

  Findings(PrintWriter out) {
    this.out = out;
  }

  /** All is as it should be. */
  void good(String what) {
    line("✔  ", what);
  }

  /** Worth knowing, and no failure. */
  void note(String what) {
    line("-  ", what);
  }

  void bad(Cluster.Refusal refusal) {
    bad(refusal.what(), refusal.remedy());
  }

  void bad(String what, String remedy) {
    failures++;
    if (!remedy.equals(this.remedy)) {
      tellRemedy();
    }
    out.println("✘  " + what);
    this.remedy = remedy;
  }

  boolean allGood() {
    return failures == 0;
  }

  /** Ends the list; nothing more may be found. */
  @Override
  public void close() {
    tellRemedy();
    out.flush();
  }

  private void line(String mark, String what) {
    tellRemedy();
    out.println(mark + what);
  }

  private void tellRemedy() {
    if (remedy != null) {
      out.println("   → " + remedy);
      remedy = null;
    }
  }
}
