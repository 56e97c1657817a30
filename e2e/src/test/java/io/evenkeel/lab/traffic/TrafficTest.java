package io.evenkeel.lab.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrafficTest {
  @Test
  void everyRequestIsRememberedAndSaysWhoAnswered() throws Exception {
    try (Backend a = Backend.start("a", "127.0.0.1", 0, 10_000);
        Backend b = Backend.start("b", "127.0.0.1", 0, 10_000)) {
      Load load =
          Load.start(
              List.of(URI.create("http://" + a.address()), URI.create("http://" + b.address())),
              "shop",
              200,
              Duration.ofMillis(500));
      await().until(() -> load.tally().total() == 100);
      load.close();

      assertThat(load.tally().failed()).isZero();
      assertThat(load.tally().perBackend()).containsEntry("a", 50L).containsEntry("b", 50L);
      assertThat(a.served() + b.served()).isEqualTo(100);
    }
  }

  @Test
  void anOverloadedBackendLosesRequests() throws Exception {
    try (Backend slow = Backend.start("slow", "127.0.0.1", 0, 50)) {
      Load load =
          Load.start(
              List.of(URI.create("http://" + slow.address())), "shop", 400, Duration.ofSeconds(1));
      await().until(() -> load.tally().total() == 400);
      load.close();

      Tally tally = load.tally();
      assertThat(tally.failed()).isEqualTo(slow.refused()).isGreaterThan(200);
      assertThat(tally.perBackend().get("slow")).isEqualTo(slow.served()).isBetween(40L, 120L);
    }
  }

  @Test
  void anUpgradedConnectionIsHeldAndEchoed() throws Exception {
    try (Backend backend = Backend.start("ws", "127.0.0.1", 0, 100);
        var socket = new java.net.Socket()) {
      String[] address = backend.address().split(":");
      socket.connect(new java.net.InetSocketAddress(address[0], Integer.parseInt(address[1])));
      socket
          .getOutputStream()
          .write(
              "GET /ws HTTP/1.1\r\nUpgrade: echo\r\n\r\nping".getBytes(StandardCharsets.US_ASCII));
      var in = socket.getInputStream();
      StringBuilder got = new StringBuilder();
      while (!got.toString().endsWith("ping")) {
        got.append((char) in.read());
      }
      assertThat(got).startsWith("HTTP/1.1 101");
    }
  }

  @Test
  void aLoadGoesNowhereElse() {
    assertThatThrownBy(() ->
            Load.start(List.of(URI.create("http://192.0.2.1")), "x", 1, Duration.ofSeconds(1)))
        .hasMessageContaining("not an address of the lab");
    assertThatThrownBy(() ->
            Load.start(List.of(URI.create("http://127.0.0.1")), "x", 9_999, Duration.ofSeconds(1)))
        .hasMessageContaining("bounded");
  }
}
