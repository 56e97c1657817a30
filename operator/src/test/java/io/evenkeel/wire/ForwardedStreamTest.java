package io.evenkeel.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The channels as the Kubernetes client uses them, without the client. */
class ForwardedStreamTest {
  @Test
  void carriesBytesBothWaysAndEndsWithThePod() throws IOException {
    try (ForwardedStream stream = new ForwardedStream("pod", Duration.ofSeconds(5), 100)) {
      stream.output().write("ping".getBytes(StandardCharsets.US_ASCII));
      ByteBuffer sent = ByteBuffer.allocate(10);
      assertThat(stream.toPod().read(sent)).isEqualTo(4);
      stream.fromPod().write(ByteBuffer.wrap("pong".getBytes(StandardCharsets.US_ASCII)));
      stream.fromPod().close();
      assertThat(stream.input().readAllBytes()).asString().isEqualTo("pong");
    }
  }

  @Test
  void aSilentPodCostsTheTimeoutAndNoMore() throws IOException {
    try (ForwardedStream stream = new ForwardedStream("pod", Duration.ofMillis(50), 100)) {
      assertThatThrownBy(() -> stream.input().read()).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void tooManyBytesEndIt() throws IOException {
    try (ForwardedStream stream = new ForwardedStream("pod", Duration.ofSeconds(5), 3)) {
      assertThatThrownBy(() -> stream.fromPod().write(ByteBuffer.allocate(4)))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> stream.input().read()).hasMessageContaining("more than 3 bytes");
    }
  }

  @Test
  void closingFreesThePumpThatWaitsToHandOverBytes() throws Exception {
    ForwardedStream stream = new ForwardedStream("pod", Duration.ofSeconds(30), 1 << 20);
    CompletableFuture<Void> pump =
        CompletableFuture.runAsync(() -> {
          try {
            while (true) {
              stream.fromPod().write(ByteBuffer.allocate(10));
            }
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    assertThat(stream.input().read()).isZero();
    stream.close();
    assertThatThrownBy(() -> pump.get(5, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .rootCause()
        .isInstanceOf(ClosedChannelException.class);
  }
}
