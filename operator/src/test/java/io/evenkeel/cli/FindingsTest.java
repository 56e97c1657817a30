package io.evenkeel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class FindingsTest {
  @Test
  void failuresInARowShareTheirRemedy() {
    StringWriter out = new StringWriter();
    try (Findings findings = new Findings(new PrintWriter(out))) {
      findings.good("a");
      assertThat(findings.allGood()).isTrue();
      findings.bad("b", "mend");
      findings.bad("c", "mend");
      findings.bad("d", "replace");
      findings.note("e");
      findings.bad("f", "replace");
      assertThat(findings.allGood()).isFalse();
    }
    assertThat(out.toString().lines())
        .containsExactly(
            "✔  a",
            "✘  b",
            "✘  c",
            "   → mend",
            "✘  d",
            "   → replace",
            "-  e",
            "✘  f",
            "   → replace");
  }
}
