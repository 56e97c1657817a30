package io.evenkeel.wire.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.wire.haproxy.ServersState.Operation;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Against what HAProxy 2.6.12 really said. */
class CodecTest {
  static String recorded(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(CodecTest.class.getResourceAsStream("/haproxy/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void serversState() throws Exception {
    List<Server> servers =
        ServersState.parse(RuntimeApi.blocks(recorded("servers-state.txt")).getFirst())
            .orElseThrow();

    assertThat(servers)
        .filteredOn(s -> s.name().equals("s1"))
        .containsExactly(
            new Server("b", "s1", "127.0.0.1", 18081, Operation.STOPPED, 0, 20, 10, 0));
    assertThat(servers)
        .filteredOn(s -> s.name().equals("slot1"))
        .allSatisfy(s -> assertThat(!s.disabled() && !s.maintenance()).isTrue());
    assertThat(servers)
        .filteredOn(s -> s.name().equals("slot2"))
        .allSatisfy(s -> assertThat(s.disabled() && s.maintenance()).isTrue());
    assertThat(servers)
        .filteredOn(s -> s.name().equals("ek-1"))
        .allSatisfy(s -> assertThat(s.draining() && !s.agentChecked()).isTrue());
  }

  @Test
  void stat() throws Exception {
    List<StatCsv.Row> rows =
        StatCsv.parse(RuntimeApi.blocks(recorded("stat.txt")).getFirst()).orElseThrow();

    assertThat(rows).filteredOn(StatCsv.Row::isBackend).hasSize(1);
    assertThat(rows.getLast().algorithm()).isEqualTo("roundrobin");
    StatCsv.Row s1 = rows.getFirst();
    assertThat(s1.status()).isEqualTo("DOWN");
    assertThat(s1.effectiveWeight()).hasValue(20);
    assertThat(s1.throttle()).isEmpty();
    assertThat(s1.requests()).isZero();
  }

  @Test
  void missingBackendIsAbsentNotAnError() throws Exception {
    assertThat(ServersState.parse("Can't find backend.\n")).isEmpty();
    assertThat(StatCsv.parse("No such proxy.\n")).isEmpty();
  }

  @Test
  void quotedFieldsMayHoldCommasQuotesAndLines() throws Exception {
    StatCsv.Row row =
        StatCsv.parse("# pxname,svname,type,last_chk,\nb,s,2,\"a,\"\"b\nc\",\n")
            .orElseThrow()
            .getFirst();
    assertThat(row.fields()).containsEntry("last_chk", "a,\"b\nc");
  }

  @Test
  void everyPrefixOfAnAnswerIsCutShortOrMalformed() throws Exception {
    String whole = recorded("servers-state.txt");
    for (int length = 1; length < whole.length() - 1; length++) {
      String cut = whole.substring(0, length);
      assertThatThrownBy(() -> ServersState.parse(RuntimeApi.blocks(cut).getFirst()))
          .isInstanceOf(MalformedAnswer.class);
    }
  }

  @Test
  void nothingCanBecomeASecondCommand() {
    for (String word :
        List.of("a;b", "a\nb", "a b", "a\\ b", "", "<<", "x\0", "weight\r", "ü", "a".repeat(600))) {
      assertThatThrownBy(() -> Command.of("set", "server", word))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
