package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
  @Test
  void aKeyWhosePassEndsWithAnErrorIsTriedAgain() {
    AtomicInteger passes = new AtomicInteger();
    WorkQueue.Work<String> work =
        key -> {
          if (passes.incrementAndGet() == 1) {
            throw new OutOfMemoryError("for a moment");
          }
          return Duration.ofMinutes(1);
        };
    try (WorkQueue<String> queue = new WorkQueue<>(1, work)) {
      queue.open();
      queue.ask("web");
      await().until(() -> passes.get() == 2 && queue.busy() == 0);
      queue.ask("web");
      await().untilAsserted(() -> assertThat(passes).hasValue(3));
    }
  }
}
