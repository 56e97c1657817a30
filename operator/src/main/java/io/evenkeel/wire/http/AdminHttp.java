package io.evenkeel.wire.http;

import io.evenkeel.wire.BlockInput;
import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.http.AnswerException.Reason;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 GET over a {@link Connection}, one request at a time, for one conversation: the
 * connection is kept between requests and given up on close. Strict, because the peer may be
 * hostile: an answer needs a length or chunks, never both, and every part of it has a limit. The
 * conversation's deadline is the connection's.
 *
 * <p>The JDK's client can use neither Unix sockets nor port-forward streams. Which paths may be
 * asked for is the caller's business. Not thread-safe.
 */
public final class AdminHttp implements Closeable {
  private static final int HEADER_BYTES = 16 * 1024;
  private static final Pattern PATH = Pattern.compile("/[!-~]*");

  private final Dialer dialer;
  private final long maxBodyBytes;
  private @Nullable Connection connection;
  private @Nullable InputStream input;
  private @Nullable Body body;

  /**
   * @param maxBodyBytes the longest answer that is read; a longer one fails with {@link
   *     Reason#TOO_LARGE}
   */
  public AdminHttp(Dialer dialer, long maxBodyBytes) {
    this.dialer = dialer;
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * The body of the answer, to be read before the next call; what is left of it is discarded then.
   *
   * @throws AnswerException when the answer is not a 200 with a readable body; later, from the
   *     stream, when the body is cut short, too long or wrongly chunked
   */
  public InputStream get(String path) throws IOException {
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException("not a request path: " + path);
    }
    finishPrevious();
    InputStream in = connected();
    OutputStream out = open().output();
    out.write(
        ("GET "
                + path
                + " HTTP/1.1\r\nHost: evenkeel\r\nAccept: */*\r\nUser-Agent: evenkeel\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.flush();
    Head head = Head.read(in);
    Body answer = new Body(in, head, maxBodyBytes);
    body = answer;
    if (head.status != 200) {
      throw new AnswerException(
          Reason.REFUSED, "%s answers %d to %s".formatted(dialer.describe(), head.status, path));
    }
    return answer;
  }

  private Connection open() throws IOException {
    Connection present = connection;
    if (present == null) {
      present = dialer.dial();
      connection = present;
      input = new BufferedInputStream(present.input(), 16 * 1024);
    }
    return present;
  }

  private InputStream connected() throws IOException {
    open();
    InputStream in = input;
    if (in == null) {
      throw new IOException("closed");
    }
    return in;
  }

  private void finishPrevious() throws IOException {
    Body previous = body;
    body = null;
    if (previous == null) {
      return;
    }
    previous.transferTo(OutputStream.nullOutputStream());
    if (previous.closeAfter) {
      close();
    }
  }

  @Override
  public void close() throws IOException {
    Connection present = connection;
    connection = null;
    input = null;
    body = null;
    if (present != null) {
      present.close();
    }
  }

  /** Status line and the three headers that matter. */
  private record Head(int status, OptionalLong length, boolean chunked, boolean close) {
    static Head read(InputStream in) throws IOException {
      int[] budget = {HEADER_BYTES};
      String status = line(in, budget);
      if (!status.matches("HTTP/1\\.[01] [2-5]\\d\\d( .*)?")) {
        throw new AnswerException(Reason.GARBAGE, "the answer does not begin with an HTTP status");
      }
      OptionalLong length = OptionalLong.empty();
      boolean chunked = false;
      boolean close = status.startsWith("HTTP/1.0");
      for (String line = line(in, budget); !line.isEmpty(); line = line(in, budget)) {
        int colon = line.indexOf(':');
        if (colon < 1) {
          throw new AnswerException(Reason.GARBAGE, "a header line without a name");
        }
        String value = line.substring(colon + 1).strip().toLowerCase(Locale.ROOT);
        switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
          case "content-length" -> {
            if (length.isPresent() || !value.matches("\\d{1,18}")) {
              throw new AnswerException(Reason.GARBAGE, "a wrong Content-Length");
            }
            length = OptionalLong.of(Long.parseLong(value));
          }
          case "transfer-encoding" -> {
            if (chunked || !value.equals("chunked")) {
              throw new AnswerException(Reason.GARBAGE, "an unknown Transfer-Encoding");
            }
            chunked = true;
          }
          case "content-encoding" ->
              throw new AnswerException(Reason.GARBAGE, "a Content-Encoding nobody asked for");
          case "connection" -> close |= value.equals("close");
          default -> {}
        }
      }
      if (chunked == length.isPresent()) {
        throw new AnswerException(Reason.GARBAGE, "neither a length nor chunks, or both");
      }
      return new Head(Integer.parseInt(status.substring(9, 12)), length, chunked, close);
    }
  }

  /** One CRLF-ended line, its bytes taken from the budget. */
  private static String line(InputStream in, int[] budget) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(80);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new AnswerException(Reason.TRUNCATED, "the answer ends within a line");
      }
      if (--budget[0] < 0) {
        throw new AnswerException(Reason.TOO_LARGE, "a line or header block without end");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new AnswerException(Reason.GARBAGE, "a line that does not end in CRLF");
    }
    return text.substring(0, text.length() - 1);
  }

  /** The body, chunked or of known length; ends exactly where the answer ends. */
  private static final class Body extends BlockInput {
    private final InputStream in;
    private final boolean chunked;
    private final boolean closeAfter;
    private final long limit;
    private long total;
    private long left;
    private boolean firstChunk = true;
    private boolean ended;

    Body(InputStream in, Head head, long limit) throws AnswerException {
      this.in = in;
      this.chunked = head.chunked;
      this.closeAfter = head.close;
      this.limit = limit;
      this.left = head.length.orElse(0);
      if (left > limit) {
        throw tooLarge();
      }
      this.ended = !chunked && left == 0;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!ended && left == 0 && chunked) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      int read = in.read(buffer, offset, (int) Math.min(left, length));
      if (read < 0) {
        throw new AnswerException(Reason.TRUNCATED, "the answer ends after " + total + " bytes");
      }
      left -= read;
      total += read;
      ended = !chunked && left == 0;
      return read;
    }

    private void nextChunk() throws IOException {
      int[] budget = {1024};
      if (!firstChunk && !line(in, budget).isEmpty()) {
        throw new AnswerException(Reason.GARBAGE, "a chunk longer than it says");
      }
      firstChunk = false;
      String size = line(in, budget).split(";", 2)[0].strip();
      if (!size.matches("[0-9a-fA-F]{1,15}")) {
        throw new AnswerException(Reason.GARBAGE, "a chunk without a size");
      }
      left = Long.parseLong(size, 16);
      if (left > limit - total) {
        throw tooLarge();
      }
      if (left == 0) {
        // Trailers, if any, share the budget of a chunk line and are of no interest.
        while (!line(in, budget).isEmpty()) {}
        ended = true;
      }
    }

    private AnswerException tooLarge() {
      return new AnswerException(Reason.TOO_LARGE, "the answer is longer than " + limit + " bytes");
    }
  }
}
