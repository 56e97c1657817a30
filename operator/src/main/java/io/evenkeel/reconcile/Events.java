package io.evenkeel.reconcile;

import io.evenkeel.core.decide.Decision;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the story of a pool or class as events; beside the loop, so that a slow API server delays
 * nothing.
 */
public final class Events implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);
  private static final Duration QUIET = Duration.ofMinutes(5);
  private static final int REMEMBERED = 4096;
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final KubernetesClient client;
  private final String instance;
  private final InstantSource clock;
  private final ThreadPoolExecutor writer =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(1000),
          Thread.ofPlatform().daemon().name("events").factory(),
          new ThreadPoolExecutor.DiscardOldestPolicy());
  private final Map<String, Instant> told = new LinkedHashMap<>();

  public Events(KubernetesClient client, String instance, InstantSource clock) {
    this.client = client;
    this.instance = instance;
    this.clock = clock;
  }

  /** Publishes, unless the same was said of the same object within five minutes. */
  public void publish(HasMetadata about, Decision.Notice notice, String action) {
    Instant now = clock.instant();
    if (!news(about.getMetadata().getUid() + notice.reason() + notice.message(), now)) {
      return;
    }
    String namespace = about.getMetadata().getNamespace();
    String message = notice.message();
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withGenerateName(about.getMetadata().getName() + "-")
            .withNamespace(namespace == null ? "default" : namespace)
            .endMetadata()
            .withEventTime(new MicroTime(MICROS.format(now)))
            .withReportingController("evenkeel.io/operator")
            .withReportingInstance(instance)
            .withAction(action)
            .withReason(notice.reason())
            .withNote(message.length() > 1000 ? message.substring(0, 1000) + "…" : message)
            .withType(notice.severity() == Decision.Notice.Severity.WARNING ? "Warning" : "Normal")
            .withRegarding(
                new ObjectReferenceBuilder()
                    .withApiVersion(about.getApiVersion())
                    .withKind(about.getKind())
                    .withNamespace(namespace)
                    .withName(about.getMetadata().getName())
                    .withUid(about.getMetadata().getUid())
                    .build())
            .build();
    writer.execute(() -> {
      try {
        client.resource(event).create();
      } catch (RuntimeException e) {
        LOG.debug("event not written reason={} why={}", notice.reason(), e.getMessage());
      }
    });
  }

  private synchronized boolean news(String key, Instant now) {
    told.values().removeIf(at -> at.plus(QUIET).isBefore(now));
    if (told.containsKey(key)) {
      return false;
    }
    if (told.size() >= REMEMBERED) {
      told.remove(told.keySet().iterator().next());
    }
    told.put(key, now);
    return true;
  }

  @Override
  public void close() {
    writer.shutdown();
    try {
      if (!writer.awaitTermination(2, TimeUnit.SECONDS)) {
        writer.shutdownNow();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
