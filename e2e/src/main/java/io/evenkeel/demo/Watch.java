package io.evenkeel.demo;

import io.evenkeel.lab.Installation;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Sandbox;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The operator of the demo: it runs, or nobody watches. */
final class Watch implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Sandbox sandbox;
  private final Installation installation;
  private final Shop shop;
  private final Screen screen;
  private @Nullable OperatorProcess operator;

  Watch(Sandbox sandbox, Installation installation, Shop shop, Screen screen) {
    this.sandbox = sandbox;
    this.installation = installation;
    this.shop = shop;
    this.screen = screen;
  }

  /** From here on the operator runs, and has verified the pool. */
  void begin(String pool) {
    if (operator == null) {
      screen.say("starting the operator …");
      long begun = System.nanoTime();
      operator = OperatorProcess.start(sandbox, installation);
      screen.say(
          "the operator is ready after %,d ms".formatted((System.nanoTime() - begun) / 1_000_000));
    }
    if (!shop.await(pool, LIMIT, Shop::verified)) {
      throw new LabException(
          "not verified after %d s: %s%n%s"
              .formatted(LIMIT.toSeconds(), shop.complaint(pool), tail()));
    }
  }

  /** From here on nobody watches. */
  void end() {
    if (operator != null) {
      operator.close();
      operator = null;
    }
  }

  /** The end of its log. */
  String tail() {
    return operator == null
        ? "the operator does not run"
        : "the operator's log ends with:\n" + operator.child().tail();
  }

  @Override
  public void close() {
    end();
  }
}
