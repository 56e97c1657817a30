package io.evenkeel.demo;

import java.io.PrintStream;
import java.util.List;

/** Redraws one picture in place below the lines that stay. For terminals only. */
final class LiveScreen implements Screen {
  private static final String UP_AND_CLEAR = "\033[%dF\033[0J";
  private final PrintStream out;
  private int drawn;

  LiveScreen(PrintStream out) {
    this.out = out;
    out.print("\033[?25l");
  }

  @Override
  public synchronized void say(String line) {
    erase();
    out.println(line);
    out.flush();
  }

  @Override
  public synchronized void show(Frame frame) {
    List<String> lines = Picture.draw(frame);
    erase();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      text.append(i == 0 ? "\033[1m" + lines.get(i) + "\033[0m" : lines.get(i)).append('\n');
    }
    out.print(text);
    out.flush();
    drawn = lines.size();
  }

  private void erase() {
    if (drawn > 0) {
      out.printf(UP_AND_CLEAR, drawn);
      drawn = 0;
    }
  }

  /** Leaves the last picture where it is and gives the cursor back. */
  @Override
  public synchronized void close() {
    out.print("\033[?25h");
    out.flush();
    drawn = 0;
  }
}
