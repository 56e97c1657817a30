package io.evenkeel.demo;

import io.evenkeel.lab.LoadReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells one scenario: ten pictures a second of what the proxies and the requests say, and a stop at
 * what matters.
 */
final class Telling implements AutoCloseable {
  private static final long FRAME = TimeUnit.MILLISECONDS.toNanos(100);

  private final Screen screen;
  private final String title;
  private final Proxies proxies;
  private final LoadReport requests;
  private final Thread ticker;
  private volatile Map<String, Double> desired;
  private volatile String story;
  private volatile String verdict = "";
  private volatile boolean still;
  private volatile boolean ended;

  Telling(
      Screen screen,
      String title,
      String story,
      Proxies proxies,
      Map<String, Double> desired,
      LoadReport requests) {
    this.screen = screen;
    this.title = title;
    this.story = story;
    this.proxies = proxies;
    this.desired = desired;
    this.requests = requests;
    this.ticker = Thread.ofVirtual().name("telling").start(this::tick);
  }

  private void tick() {
    while (!ended) {
      if (!still) {
        draw(proxies.shares());
      }
      LockSupport.parkNanos(FRAME);
    }
  }

  private synchronized void draw(Map<String, Map<String, Double>> perProxy) {
    List<Frame.Column> columns = new ArrayList<>();
    columns.add(new Frame.Column("desired", desired));
    perProxy.forEach((proxy, shares) -> columns.add(new Frame.Column("live " + proxy, shares)));
    screen.show(
        new Frame(
            title,
            story,
            columns,
            new Frame.Counters(requests.total(), requests.failed()),
            verdict));
  }

  void story(String line) {
    story = line;
  }

  void desired(Map<String, Double> shares) {
    desired = shares;
  }

  /** From now on the picture is live, under this verdict. */
  void live(String line) {
    verdict = line;
    still = false;
    draw(proxies.shares());
  }

  /** Holds the picture of a moment that was too short to be seen. */
  void moment(String line, Map<String, Map<String, Double>> perProxy) {
    still = true;
    verdict = line;
    draw(perProxy);
    pause(1500);
  }

  void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ended = true;
    try {
      ticker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
