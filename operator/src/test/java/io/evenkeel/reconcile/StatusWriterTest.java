package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StatusWriterTest {
  /** An API server that takes patches of pools only. */
  static KubernetesClient client(UnaryOperator<BalancedBackendPool> patch) {
    InvocationHandler answers =
        new InvocationHandler() {
          @Override
          public Object invoke(Object self, java.lang.reflect.Method method, Object[] arguments) {
            if (method.getName().equals("patch")) {
              return patch.apply((BalancedBackendPool) arguments[1]);
            }
            if (!method.getReturnType().isInterface()) {
              throw new IllegalStateException(method + " was called");
            }
            return Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {method.getReturnType()}, this);
          }
        };
    return (KubernetesClient)
        Proxy.newProxyInstance(
            StatusWriterTest.class.getClassLoader(),
            new Class<?>[] {KubernetesClient.class},
            answers);
  }

  @Test
  void aWriteThatKeepsFailingIsTriedLaterAndLaterAndToldOnce() {
    AtomicInteger code = new AtomicInteger(422);
    AtomicInteger tries = new AtomicInteger();
    StatusWriter<BalancedBackendPoolStatus, BalancedBackendPool> writer =
        new StatusWriter<>(
            client(body -> {
              tries.incrementAndGet();
              if (code.get() != 200) {
                throw new KubernetesClientException("try " + tries, code.get(), null);
              }
              return body;
            }),
            BalancedBackendPool::new);
    BalancedBackendPool pool =
        Serialization.unmarshal(
            """
            metadata: {name: web, namespace: shop, uid: web-uid, resourceVersion: "7"}
            status: {observedGeneration: 1}
            """,
            BalancedBackendPool.class);
    BalancedBackendPoolStatus status =
        Serialization.unmarshal("observedGeneration: 2", BalancedBackendPoolStatus.class);
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(StatusWriter.class);
    told.start();
    logger.addAppender(told);
    try {
      for (int millis : new int[] {100, 200, 400, 800, 1600}) {
        assertThat(writer.write(pool, status)).contains(Duration.ofMillis(millis));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(writer.write(pool, status).orElseThrow()).isLessThan(Duration.ofSeconds(61));
      }
      assertThat(writer.write(pool, status)).contains(Duration.ofMinutes(1));
      assertThat(told.list).hasSize(1);
      code.set(403);
      assertThat(writer.write(pool, status)).isPresent();
      assertThat(told.list).as("another trouble is news").hasSize(2);
    } finally {
      logger.detachAppender(told);
    }
    code.set(200);
    assertThat(writer.write(pool, status)).isEmpty();
    code.set(500);
    pool.getMetadata().setResourceVersion("8");
    assertThat(writer.write(pool, status)).as("anew").contains(Duration.ofMillis(100));
  }
}
