package io.evenkeel.wire.haproxy;

import java.io.IOException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a peer says, a codec gives a value or the one typed exception. */
class CodecPropertiesTest {
  @Provide
  Arbitrary<String> hostile() throws IOException {
    String state = CodecTest.recorded("servers-state.txt");
    String stat = CodecTest.recorded("stat.txt");
    Arbitrary<String> damaged =
        Arbitraries.of(state, stat)
            .flatMap(text ->
                Arbitraries.integers()
                    .between(0, text.length() - 1)
                    .flatMap(at ->
                        Arbitraries.strings()
                            .withChars("\0\n\",# -0179:x\u00ff")
                            .ofMaxLength(6)
                            .map(s -> text.substring(0, at) + s + text.substring(at + 1))));
    return Arbitraries.oneOf(damaged, Arbitraries.strings().ofMaxLength(300));
  }

  @Property(tries = 3000)
  void neverAnotherException(@ForAll("hostile") String text) {
    parse(() -> ServersState.parse(text));
    parse(() -> RuntimeApi.blocks(text));
    parse(() -> ProcessInfo.parse(text));
    parse(() -> {
      for (StatCsv.Row row : StatCsv.parse(text).orElseThrow(() -> new MalformedAnswer("no"))) {
        row.requests();
        row.sessions();
        row.throttle();
        row.effectiveWeight();
      }
      return text;
    });
  }

  private interface Parsing {
    Object parse() throws MalformedAnswer;
  }

  private static void parse(Parsing parsing) {
    try {
      parsing.parse();
    } catch (MalformedAnswer typed) {
      org.assertj.core.api.Assertions.assertThat(typed.getMessage()).hasSizeLessThan(400);
    }
  }
}
