package io.evenkeel.demo;

import java.io.PrintStream;

/** Lines only: what happened, and the picture whenever it has a new verdict. */
final class PlainScreen implements Screen {
  private final PrintStream out;
  private String lastVerdict = "";

  PlainScreen(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void say(String line) {
    out.println(line);
  }

  @Override
  public synchronized void show(Frame frame) {
    String verdict = frame.title() + frame.verdict();
    if (!frame.verdict().isEmpty() && !verdict.equals(lastVerdict)) {
      lastVerdict = verdict;
      Picture.draw(frame).forEach(line -> out.println("  " + line));
    }
  }

  @Override
  public synchronized void close() {
    out.flush();
  }
}
