package io.evenkeel.wire;

import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Why a TLS conversation failed, in a sentence that says what to change: the class, its Secret or
 * the proxy. The alerts are those of RFC 8446 §6.2, by the names that the JDK gives them.
 */
final class TlsTrouble {
  private record Alert(String name, String sentence) {}

  private static final List<Alert> ALERTS =
      List.of(
          // Also what comes of a certificate from an authority that the peer did not name: the JDK
          // does not send it.
          new Alert(
              "certificate_required",
              "asks for a client certificate from an authority that it knows: put such a tls.crt,"
                  + " with its tls.key, into the Secret"),
          new Alert(
              "certificate_expired",
              "refuses our client certificate because it has expired: put a new tls.crt and tls.key"
                  + " into the Secret"),
          new Alert(
              "unknown_ca",
              "does not know the authority of our client certificate: put a tls.crt into the Secret"
                  + " that its ca-file knows"),
          new Alert(
              "bad_certificate",
              "refuses our client certificate: put a tls.crt into the Secret that it accepts"),
          // TLS 1.2 has no other word for a client certificate that was not sent.
          new Alert(
              "handshake_failure",
              "ended the handshake: it may ask for a client certificate (tls.crt and tls.key in the"
                  + " Secret)"),
          new Alert(
              "unrecognized_name",
              "knows no certificate for the server name: correct serverName in the class"));

  private TlsTrouble() {}

  /**
   * @param peer as for people
   * @param name that the peer's certificate should have
   */
  static IOException inHandshake(String peer, String name, IOException failure) {
    return failure instanceof SSLException
        ? new IOException(peer + " " + sentence(name, failure), failure)
        : failure;
  }

  /**
   * With TLS 1.3 a client certificate is refused after the handshake, by an alert that may get lost
   * when the peer hangs up at the same time.
   */
  static IOException beforeAnAnswer(String peer, IOException failure) {
    return new IOException(
        peer
            + " "
            + alert(failure)
                .orElse(
                    "hung up right after the handshake ("
                        + failure.getMessage()
                        + "): it may refuse our client certificate (tls.crt in the Secret)"),
        failure);
  }

  private static String sentence(String name, IOException failure) {
    List<Throwable> causes =
        Stream.<Throwable>iterate(failure, t -> t != null, Throwable::getCause).limit(10).toList();
    if (has(causes, CertificateExpiredException.class)) {
      return "has a certificate that has expired: give the proxy a new one";
    }
    if (has(causes, CertificateNotYetValidException.class)) {
      return "has a certificate that is not valid yet: check the clocks";
    }
    if (has(causes, CertPathBuilderException.class)) {
      return "has a certificate that does not come from the authority in ca.crt: put the authority"
          + " of the proxy's certificate into ca.crt of the Secret";
    }
    if (has(causes, CertificateException.class)) {
      return "has a certificate without the name "
          + name
          + ": set serverName in the class to a name that it has";
    }
    String message = String.valueOf(failure.getMessage());
    return message.contains("Unsupported or unrecognized SSL message")
        ? "does not speak TLS: HAProxy takes no ssl on a stats socket, put a listen section with"
            + " bind … ssl before it"
        : alert(failure).orElse("does not agree on TLS: " + message);
  }

  private static Optional<String> alert(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof SSLException
        ? ALERTS.stream()
            .filter(alert -> message.contains(alert.name()))
            .map(Alert::sentence)
            .findFirst()
        : Optional.empty();
  }

  private static boolean has(List<Throwable> causes, Class<? extends Throwable> type) {
    return causes.stream().anyMatch(type::isInstance);
  }
}
