package io.evenkeel.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.http.WebSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The protocol's messages as the kubelet sends them, without a kubelet. */
class ForwardedStreamTest {
  private static final int DATA = 0;
  private static final int ERROR = 1;

  private final Socket socket = new Socket();
  private final ForwardedStream stream = new ForwardedStream("pod a", "infra");

  /** Remembers what it is asked for. */
  private static final class Socket implements WebSocket {
    private final List<String> sent = new ArrayList<>();
    private int requests;
    private int closes;

    @Override
    public boolean send(ByteBuffer buffer) {
      int channel = buffer.get();
      return sent.add(channel + " " + StandardCharsets.US_ASCII.decode(buffer));
    }

    @Override
    public boolean sendClose(int code, String reason) {
      closes++;
      return true;
    }

    @Override
    public long queueSize() {
      return 0;
    }

    @Override
    public void request() {
      requests++;
    }
  }

  private void open() {
    stream.onOpen(socket);
    message(DATA, "pp");
    message(ERROR, "pp");
  }

  private void message(int channel, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    stream.onMessage(
        socket, ByteBuffer.allocate(bytes.length + 1).put((byte) channel).put(bytes).flip());
  }

  @Test
  void carriesBytesBothWaysAndEndsWithThePod() throws IOException {
    open();
    stream.awaitOpen();
    stream.output().write("ping".getBytes(StandardCharsets.US_ASCII));
    assertThat(socket.sent).containsExactly("0 ping");
    message(DATA, "po");
    message(DATA, "ng");
    stream.onClose(socket, 1000, "");
    assertThat(stream.input().readAllBytes()).asString().isEqualTo("pong");
    assertThatThrownBy(() -> stream.output().write(1)).hasMessage("pod a closed the connection");
  }

  @Test
  void whatThePodSaidBeforeAnErrorIsReadBeforeIt() throws IOException {
    open();
    message(DATA, "x");
    message(ERROR, "connection refused");
    stream.onClose(socket, 1000, "");
    assertThat(stream.input().read()).isEqualTo('x');
    assertThatThrownBy(() -> stream.input().read()).hasMessage("pod a: connection refused");
  }

  @Test
  void aPodThatSaysMoreThanIsReadHasToWait() throws IOException {
    open();
    int before = socket.requests;
    for (int i = 0; i < 16; i++) {
      message(DATA, "x");
    }
    assertThat(socket.requests - before).isEqualTo(15);
    assertThat(stream.input().read()).isEqualTo('x');
    assertThat(socket.requests - before).isEqualTo(16);
  }

  @Test
  void closingWakesTheReaderAndReadsOnToTheEndOfTheConnection() throws Exception {
    open();
    for (int i = 0; i < 16; i++) {
      message(DATA, "x");
    }
    int paused = socket.requests;
    stream.close();
    stream.close();
    assertThat(socket.closes).isEqualTo(1);
    assertThat(socket.requests).isEqualTo(paused + 1);
    message(DATA, "more");
    assertThat(socket.requests).isEqualTo(paused + 2);
    assertThatThrownBy(() -> stream.input().read()).isInstanceOf(IOException.class);
  }

  @Test
  void closingFreesWhoeverWaitsForTheOpening() {
    CompletableFuture<Void> waiter =
        CompletableFuture.runAsync(() -> {
          try {
            stream.awaitOpen();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    stream.close();
    assertThatThrownBy(() -> waiter.get(5, TimeUnit.SECONDS))
        .rootCause()
        .hasMessage("pod a closed the connection");
    stream.onOpen(socket);
    assertThat(socket.closes).isEqualTo(1);
  }
}
