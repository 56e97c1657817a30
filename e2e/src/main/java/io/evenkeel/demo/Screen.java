package io.evenkeel.demo;

/** Where the story is told: a live terminal, or plain lines. */
public interface Screen extends AutoCloseable {
  /** A line that stays: something happened. */
  void say(String line);

  /** The picture as it is now; may be called many times a second. */
  void show(Frame frame);

  @Override
  void close();
}
