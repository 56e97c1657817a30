package io.evenkeel.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whom to trust and who we are, from the PEM bytes of a Secret ({@code ca.crt}, {@code tls.crt},
 * {@code tls.key}).
 */
public final class TlsIdentity {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
  private static final char[] NO_PASSWORD = new char[0];
  private final SSLContext context;

  private TlsIdentity(SSLContext context) {
    this.context = context;
  }

  /** A certificate chain and its private key, both PEM. */
  public record Client(byte[] certificates, byte[] key) {}

  /**
   * @param ca the only authorities that are trusted
   * @param client shown when the peer asks for it
   * @throws IllegalArgumentException with a sentence that says which part is wrong; it never quotes
   *     the part
   */
  public static TlsIdentity of(byte[] ca, Optional<Client> client) {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, NO_PASSWORD);
      int number = 0;
      for (Certificate certificate : certificates("ca.crt", ca)) {
        trusted.setCertificateEntry("ca-" + number++, certificate);
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, NO_PASSWORD);
      if (client.isPresent()) {
        Collection<? extends Certificate> chain =
            certificates("tls.crt", client.get().certificates());
        own.setKeyEntry(
            "client", key(client.get().key()), NO_PASSWORD, chain.toArray(new Certificate[0]));
      }
      keys.init(own, NO_PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return new TlsIdentity(context);
    } catch (GeneralSecurityException | IOException failure) {
      throw new IllegalArgumentException(
          "the certificates and the key do not fit together: " + failure.getMessage(), failure);
    }
  }

  SSLContext context() {
    return context;
  }

  private static Collection<? extends Certificate> certificates(String name, byte[] pem)
      throws GeneralSecurityException {
    Collection<? extends Certificate> found;
    try {
      found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem));
    } catch (GeneralSecurityException garbage) {
      throw new IllegalArgumentException(name + " holds no PEM certificates", garbage);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(name + " holds no PEM certificates");
    }
    return found;
  }

  private static PrivateKey key(byte[] pem) throws GeneralSecurityException {
    Matcher matcher = PEM.matcher(new String(pem, StandardCharsets.US_ASCII));
    if (!matcher.find()) {
      throw new IllegalArgumentException("tls.key holds no PEM private key");
    }
    byte[] der = Base64.getMimeDecoder().decode(matcher.group(2));
    PKCS8EncodedKeySpec spec =
        switch (matcher.group(1)) {
          case "PRIVATE KEY" -> new PKCS8EncodedKeySpec(der);
          case "RSA PRIVATE KEY" -> new PKCS8EncodedKeySpec(rsaAsPkcs8(der));
          default ->
              throw new IllegalArgumentException(
                  "tls.key holds a \""
                      + matcher.group(1)
                      + "\"; convert it with: openssl pkcs8 -topk8 -nocrypt");
        };
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException other) {
        continue;
      }
    }
    throw new IllegalArgumentException("tls.key is neither RSA, EC nor Ed25519");
  }

  /** PKCS#1 (RFC 8017 A.1.2) wrapped as PKCS#8 (RFC 5208 §5): version 0, rsaEncryption, the key. */
  private static byte[] rsaAsPkcs8(byte[] pkcs1) {
    byte[] head = {
      0x02,
      1,
      0,
      0x30,
      13,
      6,
      9,
      0x2a,
      (byte) 0x86,
      0x48,
      (byte) 0x86,
      (byte) 0xf7,
      13,
      1,
      1,
      1,
      5,
      0
    };
    byte[] octets = der(0x04, pkcs1);
    byte[] body = new byte[head.length + octets.length];
    System.arraycopy(head, 0, body, 0, head.length);
    System.arraycopy(octets, 0, body, head.length, octets.length);
    return der(0x30, body);
  }

  private static byte[] der(int tag, byte[] value) {
    // Keys are longer than 255 bytes and shorter than 65536: the two-byte length form always fits.
    if (value.length < 256 || value.length > 65535) {
      throw new IllegalArgumentException("tls.key is not an RSA key of usual size");
    }
    byte[] all = new byte[value.length + 4];
    all[0] = (byte) tag;
    all[1] = (byte) 0x82;
    all[2] = (byte) (value.length >> 8);
    all[3] = (byte) value.length;
    System.arraycopy(value, 0, all, 4, value.length);
    return all;
  }
}
