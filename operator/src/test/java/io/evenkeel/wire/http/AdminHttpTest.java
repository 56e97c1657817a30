package io.evenkeel.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.http.AnswerException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminHttpTest {
  private static final String OK = "HTTP/1.1 200 OK~";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "content-length: 3~~abc|abc",
        "Transfer-Encoding: chunked~~2~ab~1;x=y~c~0~~|abc",
        "transfer-encoding: chunked~~3~abc~0~t: v~~|abc",
        "content-length: 0~~|''"
      })
  void bodies(String answer, String body) throws IOException {
    assertThat(get(OK + answer)).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "content-length: 4~~abc|TRUNCATED",
        "transfer-encoding: chunked~~3~ab|TRUNCATED",
        "transfer-encoding: chunked~~3~abc~|TRUNCATED",
        "content-length: 3|TRUNCATED",
        "content-length: 11~~12345678901|TOO_LARGE",
        "transfer-encoding: chunked~~6~123456~5~12345~0~~|TOO_LARGE",
        "transfer-encoding: chunked~~fffffffffffffff~|TOO_LARGE",
        "~abc|GARBAGE",
        "content-length: 3~transfer-encoding: chunked~~|GARBAGE",
        "content-length: 3~content-length: 4~~abcd|GARBAGE",
        "content-length: -1~~|GARBAGE",
        "transfer-encoding: gzip~~|GARBAGE",
        "content-encoding: gzip~content-length: 1~~a|GARBAGE",
        "transfer-encoding: chunked~~-1~a~0~~|GARBAGE",
        "transfer-encoding: chunked~~1~ab~0~~|GARBAGE",
        "no header~~|GARBAGE"
      })
  void badAnswers(String answer, Reason reason) {
    assertThatThrownBy(() -> get(OK + answer))
        .isInstanceOfSatisfying(
            AnswerException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void headersHaveALimit() {
    assertThatThrownBy(() -> get(OK + "x: " + "y".repeat(20_000)))
        .isInstanceOfSatisfying(
            AnswerException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
  }

  @Test
  void theConnectionIsKeptAndWhatWasNotReadIsDiscarded() throws IOException {
    String two = OK + "content-length: 3~~abc" + OK + "transfer-encoding: chunked~~1~d~0~~";
    try (AdminHttp http = new AdminHttp(dialer(bytes(two)), 10)) {
      assertThat(http.get("/first").read()).isEqualTo('a');
      assertThat(http.get("/second").readAllBytes()).asString().isEqualTo("d");
    }
  }

  @Test
  void aPathCannotCarryASecondRequest() {
    assertThatThrownBy(
            () -> new AdminHttp(dialer(new byte[0]), 10).get("/a HTTP/1.1\r\nPOST /quitquitquit"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property(tries = 500)
  void anyBytesAfterAnyHeadAreABodyOrAnIoException(@ForAll @Size(max = 60) byte[] bytes) {
    for (String head : new String[] {"", OK, OK + "transfer-encoding: chunked~~"}) {
      byte[] start = bytes(head);
      byte[] all = java.util.Arrays.copyOf(start, start.length + bytes.length);
      System.arraycopy(bytes, 0, all, start.length, bytes.length);
      try (AdminHttp http = new AdminHttp(dialer(all), 10)) {
        assertThat(http.get("/").readAllBytes().length).isLessThanOrEqualTo(10);
      } catch (IOException e) {
        assertThat(e).isInstanceOf(AnswerException.class);
      }
    }
  }

  /** With {@code ~} for the end of a line. */
  private static byte[] bytes(String answer) {
    return answer.replace("~", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String get(String answer) throws IOException {
    try (AdminHttp http = new AdminHttp(dialer(bytes(answer)), 10)) {
      return new String(http.get("/").readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static Dialer dialer(byte[] answer) {
    InputStream in = new ByteArrayInputStream(answer);
    return new Dialer() {
      @Override
      public String describe() {
        return "bytes";
      }

      @Override
      public Connection dial() {
        return new Connection() {
          @Override
          public InputStream input() {
            return in;
          }

          @Override
          public OutputStream output() {
            return OutputStream.nullOutputStream();
          }

          @Override
          public void close() {}
        };
      }
    };
  }
}
