package io.evenkeel.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.RuntimeApi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that mean no good, each cut off at its limit. */
@Timeout(20)
class DialersTest {
  private static final Limits LIMITS = new Limits(Duration.ofMillis(400), 10_000);

  private interface Peer {
    void talk(Socket socket) throws Exception;
  }

  private static LimitExceeded.Kind cutOff(Peer peer) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = server.accept()) {
              peer.talk(socket);
            } catch (Exception cut) {
              // the peer was cut off, as it should be
            }
          });
      Dialer dialer = Dialers.of("127.0.0.1:" + server.getLocalPort(), Optional.empty(), LIMITS);
      try {
        new RuntimeApi(dialer).show(List.of(Command.of("show", "info")));
      } catch (LimitExceeded exceeded) {
        return exceeded.kind();
      }
      throw new AssertionError("the peer was not cut off");
    }
  }

  @Test
  void aSlowDripIsCutAtTheEndOfTheWholeConversation() throws Exception {
    assertThat(
            cutOff(socket -> {
              while (true) {
                socket.getOutputStream().write('x');
                LockSupport.parkNanos(50_000_000);
              }
            }))
        .isEqualTo(LimitExceeded.Kind.TIME);
  }

  @Test
  void aSilentPeerIsCut() throws Exception {
    assertThat(cutOff(socket -> socket.getInputStream().readAllBytes()))
        .isEqualTo(LimitExceeded.Kind.TIME);
  }

  @Test
  void anEndlessAnswerIsCutAtTheByteLimit() throws Exception {
    assertThat(
            cutOff(socket -> {
              while (true) {
                socket.getOutputStream().write(new byte[4096]);
              }
            }))
        .isEqualTo(LimitExceeded.Kind.BYTES);
  }

  @Test
  void addressesAsAClassWritesThem() {
    assertThat(Dialers.of("10.97.0.5:9999", Optional.empty(), LIMITS).describe())
        .isEqualTo("10.97.0.5:9999");
    assertThat(Dialers.of("[::1]:9999", Optional.empty(), LIMITS).describe()).endsWith("]:9999");
    assertThat(Dialers.of("unix:/run/x.sock", Optional.empty(), LIMITS).describe())
        .isEqualTo("unix:/run/x.sock");
    for (String wrong :
        List.of("", ":", "10.0.0.1", "10.0.0.1:0", "::1:99", "[10.0.0.1]:9", "proxy:9", "unix:x")) {
      assertThatThrownBy(() -> Dialers.of(wrong, Optional.empty(), LIMITS))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nobodyListens() {
    assertThatThrownBy(() -> Dialers.of("unix:/nowhere/x.sock", Optional.empty(), LIMITS).dial())
        .isInstanceOf(IOException.class);
  }
}
