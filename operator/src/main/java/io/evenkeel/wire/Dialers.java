package io.evenkeel.wire;

import io.evenkeel.core.pool.Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;

/** Makes dialers from addresses as a class writes them. */
public final class Dialers {
  private static final String UNIX = "unix:";

  private Dialers() {}

  /** How to speak TLS to a replica. */
  public record Tls(TlsIdentity identity, Optional<String> serverName) {}

  /**
   * @param address {@code 10.97.0.5:9999}, {@code [::1]:9999} or {@code unix:/run/x.sock}
   * @param tls absent: plain text
   * @throws IllegalArgumentException with a sentence that says what to write instead
   */
  public static Dialer of(String address, Optional<Tls> tls, Limits limits) {
    if (address.startsWith(UNIX)) {
      String path = address.substring(UNIX.length());
      if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "\"" + address + "\" is not a Unix socket: write unix: and an absolute path");
      }
      if (tls.isPresent()) {
        throw new IllegalArgumentException(
            "\"" + address + "\" is a Unix socket: it takes no TLS, the file's mode protects it");
      }
      return new UnixDialer(Path.of(path), limits);
    }
    TcpDialer tcp = new TcpDialer(ipAndPort(address), limits);
    return tls.<Dialer>map(t -> new TlsDialer(tcp, t.identity(), t.serverName())).orElse(tcp);
  }

  private static Address ipAndPort(String address) {
    int colon = address.lastIndexOf(':');
    boolean bracketed = address.startsWith("[") && colon > 0 && address.charAt(colon - 1) == ']';
    try {
      String ip =
          bracketed ? address.substring(1, colon - 1) : address.substring(0, Math.max(0, colon));
      if (bracketed != ip.indexOf(':') >= 0) {
        throw new IllegalArgumentException("brackets are for IPv6");
      }
      int port = Integer.parseInt(address.substring(colon + 1));
      return new Address(InetAddress.ofLiteral(ip).getHostAddress(), port);
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(
          "\""
              + address
              + "\" is not an address: write 10.0.0.5:9999, [2001:db8::5]:9999 or unix:/run/x.sock",
          malformed);
    }
  }
}
