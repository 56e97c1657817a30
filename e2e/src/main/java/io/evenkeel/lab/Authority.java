package io.evenkeel.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A certificate authority of the lab and what it issues, made with this JDK's keytool. */
public final class Authority {
  private static final String OWN = "authority";
  private static final String PASSWORD = "changeit";

  private final Path store;

  /** PEM, as Secrets of type kubernetes.io/tls and proxies take it. */
  public record Identity(String certificate, String key) {
    /** Both in one, as HAProxy's {@code crt} takes it. */
    public String together() {
      return certificate + key;
    }
  }

  /**
   * A new one.
   *
   * @param directory for its files
   */
  public Authority(Path directory, String name) {
    this.store = directory.resolve(name + ".p12");
    keytool("-alias", OWN, "-dname", "CN=" + name, "-ext", "bc:c", "-validity", "30");
  }

  /** Its own certificate, PEM. */
  public String certificate() {
    return read(OWN).certificate();
  }

  /**
   * A certificate for a month.
   *
   * @param more for keytool, such as {@code -ext san=ip:10.97.0.100}
   */
  public Identity issue(String name, String... more) {
    return issue(name, List.of("-validity", "30"), more);
  }

  /** One that expired days ago. */
  public Identity issueExpired(String name) {
    return issue(name, List.of("-startdate", "-10d", "-validity", "5"));
  }

  private Identity issue(String name, List<String> validity, String... more) {
    List<String> options =
        new ArrayList<>(List.of("-alias", name, "-dname", "CN=" + name, "-signer", OWN));
    options.addAll(validity);
    options.addAll(List.of(more));
    keytool(options.toArray(String[]::new));
    return read(name);
  }

  private void keytool(String... options) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    command.addAll(List.of(options));
    try {
      Path log = store.resolveSibling("keytool.log");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new LabException("keytool failed:\n" + Files.readString(log));
      }
    } catch (IOException e) {
      throw new LabException("keytool: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  private Identity read(String name) {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      return new Identity(
          pem("CERTIFICATE", keys.getCertificate(name).getEncoded()),
          pem("PRIVATE KEY", keys.getKey(name, PASSWORD.toCharArray()).getEncoded()));
    } catch (IOException | GeneralSecurityException e) {
      throw new LabException("cannot read " + store + ": " + e.getMessage(), e);
    }
  }

  static String pem(String type, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(type, body, type);
  }
}
