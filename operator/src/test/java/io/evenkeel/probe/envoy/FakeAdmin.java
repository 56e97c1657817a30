package io.evenkeel.probe.envoy;

import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** An admin interface in memory: the raw answer for each path, in the order of the requests. */
record FakeAdmin(Function<String, byte[]> answers, List<String> asked) implements Dialer {
  FakeAdmin(Function<String, byte[]> answers) {
    this(answers, new ArrayList<>());
  }

  /** An answer in two chunks, as Envoy sends them. */
  static byte[] chunked(byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int half = body.length / 2;
    out.writeBytes(ascii("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
    for (byte[] part :
        List.of(
            java.util.Arrays.copyOfRange(body, 0, half),
            java.util.Arrays.copyOfRange(body, half, body.length))) {
      if (part.length > 0) {
        out.writeBytes(ascii(Integer.toHexString(part.length) + "\r\n"));
        out.writeBytes(part);
        out.writeBytes(ascii("\r\n"));
      }
    }
    out.writeBytes(ascii("0\r\n\r\n"));
    return out.toByteArray();
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String describe() {
    return "fake";
  }

  @Override
  public Connection dial() {
    return new Connection() {
      private final ByteArrayOutputStream request = new ByteArrayOutputStream();
      private InputStream answer = InputStream.nullInputStream();

      @Override
      public InputStream input() {
        return new InputStream() {
          @Override
          public int read() throws IOException {
            return answer.read();
          }

          @Override
          public int read(byte[] b, int off, int len) throws IOException {
            return answer.read(b, off, len);
          }
        };
      }

      @Override
      public OutputStream output() {
        return new OutputStream() {
          @Override
          public void write(int b) {
            request.write(b);
          }

          @Override
          public void flush() {
            String path = request.toString(StandardCharsets.US_ASCII).split(" ", 3)[1];
            request.reset();
            asked.add(path);
            answer = new SequenceInputStream(answer, new ByteArrayInputStream(answers.apply(path)));
          }
        };
      }

      @Override
      public void close() {}
    };
  }
}
