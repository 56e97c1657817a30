package io.evenkeel.provider.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.Authority;
import io.evenkeel.lab.Authority.Identity;
import io.evenkeel.lab.HaproxyReplica;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator reaches a real HAProxy by TLS and nothing else, with credentials from Secrets of its
 * namespace. Weights are bent and looked at through the replica's Unix socket.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HaproxyTlsIT {
  private static final int RUNTIME_PORT = 9443;
  private static final String IP_1 = Sandbox.address(11);
  private static final String IP_2 = Sandbox.address(12);
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Map<Wrong, HaproxyReplica> wrongly = new EnumMap<>(Wrong.class);
  private Cluster cluster;
  private OperatorProcess operator;
  private Authority ours;
  private Authority theirs;

  /** Ways to get a Secret wrong, and what has to be said about each. */
  enum Wrong {
    NO_SECRET("does not exist"),
    WRONG_AUTHORITY("put the authority of the proxy's certificate into ca.crt"),
    NO_CLIENT_CERTIFICATE("asks for a client certificate from an authority that it knows"),
    STRANGE_CLIENT_CERTIFICATE("asks for a client certificate from an authority that it knows"),
    EXPIRED_CLIENT_CERTIFICATE("it has expired: put a new tls.crt and tls.key into the Secret"),
    GARBAGE("tls.key holds no PEM private key");

    private final String sentence;

    Wrong(String sentence) {
      this.sentence = sentence;
    }

    String pool() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
  }

  @BeforeAll
  void start() throws IOException {
    cluster = new Cluster();
    Path directory = cluster.sandbox().directory("authorities");
    ours = new Authority(directory, "ours");
    theirs = new Authority(directory, "theirs");
    cluster.service("web", List.of(IP_1, IP_2));
    for (Wrong wrong : Wrong.values()) {
      int host = 110 + wrong.ordinal();
      wrongly.put(wrong, haproxy(wrong.pool(), host));
      Map<String, String> parts = parts(wrong);
      if (!parts.isEmpty()) {
        cluster.secret(wrong.pool(), parts);
      }
      pool(wrong.pool(), host);
    }
    operator = cluster.startOperator();
  }

  private Map<String, String> parts(Wrong wrong) {
    Identity client = ours.issue("operator-" + wrong.pool());
    Map<String, String> parts = new HashMap<>(secret(ours, client));
    switch (wrong) {
      case NO_SECRET -> parts.clear();
      case WRONG_AUTHORITY -> parts.put("ca.crt", theirs.certificate());
      case NO_CLIENT_CERTIFICATE -> parts.keySet().removeAll(List.of("tls.crt", "tls.key"));
      case STRANGE_CLIENT_CERTIFICATE -> parts.putAll(secret(ours, theirs.issue("stranger")));
      case EXPIRED_CLIENT_CERTIFICATE -> parts.putAll(secret(ours, ours.issueExpired("old")));
      case GARBAGE -> parts.put("tls.key", "not a key");
    }
    return parts;
  }

  @AfterAll
  void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  /** A replica with the section of one pool, its runtime API by TLS only. */
  private HaproxyReplica haproxy(String pool, int host) throws IOException {
    Files.createDirectories(certificates(pool));
    certify(pool, host, ours);
    return cluster.haproxy(
        HaproxyReplica.Spec.of(
                pool,
                Sandbox.address(host),
                80,
                Cluster.section(pool),
                List.of(
                    new HaproxyReplica.Server("s1", IP_1, 8080, 10),
                    new HaproxyReplica.Server("s2", IP_2, 8080, 10)))
            .withRuntimePort(
                RUNTIME_PORT,
                new HaproxyReplica.Tls(
                    certificates(pool).resolve("proxy.pem"),
                    certificates(pool).resolve("ca.pem"))));
  }

  private Path certificates(String pool) {
    return cluster.sandbox().directory().resolve("tls-" + pool);
  }

  /** The replica's own certificate, and whose clients it accepts. */
  private void certify(String pool, int host, Authority authority) throws IOException {
    Identity proxy = authority.issue("proxy-" + pool, "-ext", "san=ip:" + Sandbox.address(host));
    Files.writeString(certificates(pool).resolve("proxy.pem"), proxy.together());
    Files.writeString(certificates(pool).resolve("ca.pem"), authority.certificate());
  }

  private static Map<String, String> secret(Authority trusted, Identity client) {
    return Map.of(
        "ca.crt", trusted.certificate(), "tls.crt", client.certificate(), "tls.key", client.key());
  }

  private void pool(String pool, int host) {
    cluster.pool(
        pool,
        "web",
        "Proxy",
        Sandbox.address(host) + ":" + RUNTIME_PORT,
        "tls: {secretName: %s}".formatted(pool));
  }

  private void awaitHealthy(String pool) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(cluster.classSays(pool, "ProbesHealthy")).startsWith("True");
          assertThat(cluster.poolSays(pool, "LiveVerified")).startsWith("True");
        });
  }

  private void bendAndAwaitCorrection(HaproxyReplica replica) {
    assertThat(replica.run("set server " + replica.spec().backend() + "/s1 weight 200")).isEmpty();
    await().atMost(SOON).untilAsserted(() -> assertEven(replica));
  }

  private static void assertEven(HaproxyReplica replica) {
    Map<String, Integer> weights = Cluster.weights(replica);
    assertThat(weights).containsOnlyKeys(IP_1, IP_2);
    assertThat(weights.get(IP_1)).isEqualTo(weights.get(IP_2));
  }

  private void awaitUnknown(String pool, String sentence) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(cluster.lastError(pool)).contains(sentence);
          assertThat(cluster.classSays(pool, "ProbesHealthy"))
              .startsWith("False")
              .contains(sentence);
          assertThat(cluster.poolSays(pool, "LiveVerified")).startsWith("Unknown");
        });
  }

  @Test
  void weightsBentByHandAreCorrectedOverTls() throws Exception {
    HaproxyReplica replica = haproxy("bent", 101);
    cluster.secret("bent", secret(ours, ours.issue("operator-bent")));
    pool("bent", 101);
    awaitHealthy("bent");
    bendAndAwaitCorrection(replica);
  }

  @ParameterizedTest
  @EnumSource(Wrong.class)
  void aWrongSecretIsUnknownWithASentenceAndTheRightOneHealsIt(Wrong wrong) {
    String pool = wrong.pool();
    HaproxyReplica replica = Objects.requireNonNull(wrongly.get(wrong));
    awaitUnknown(pool, wrong.sentence);
    System.out.println(wrong + ": " + cluster.lastError(pool));

    replica.run("set server " + replica.spec().backend() + "/s1 weight 200");
    cluster.secret(pool, secret(ours, ours.issue("healed-" + pool)));
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertEven(replica);
          assertThat(cluster.poolSays(pool, "LiveVerified")).startsWith("True");
        });
    assertThat(operator.child().isAlive()).isTrue();
  }

  @Test
  void anAuthorityReplacedOnBothSidesIsFollowedWithoutARestart() throws Exception {
    HaproxyReplica replica = haproxy("rotated", 102);
    cluster.secret("rotated", secret(ours, ours.issue("operator-rotated")));
    pool("rotated", 102);
    awaitHealthy("rotated");

    certify("rotated", 102, theirs);
    replica.reload();
    awaitUnknown("rotated", "put the authority of the proxy's certificate into ca.crt");

    cluster.secret("rotated", secret(theirs, theirs.issue("operator-rotated")));
    awaitHealthy("rotated");
    bendAndAwaitCorrection(replica);
    assertThat(operator.child().isAlive()).isTrue();
  }

  @Test
  void aDeletedSecretIsNotUsedAnyMore() throws Exception {
    haproxy("deleted", 103);
    cluster.secret("deleted", secret(ours, ours.issue("operator-deleted")));
    pool("deleted", 103);
    awaitHealthy("deleted");
    cluster.deleteSecret("deleted");
    awaitUnknown("deleted", "Secret evenkeel-system/deleted: it does not exist");
  }

  @Test
  void aPlainSocketIsToldApart() throws Exception {
    cluster.haproxy(
        HaproxyReplica.Spec.of("plain", Sandbox.address(104), 80, "shop_plain", List.of())
            .withRuntimePort(RUNTIME_PORT, null));
    cluster.secret("plain", secret(ours, ours.issue("operator-plain")));
    pool("plain", 104);
    awaitUnknown("plain", "does not speak TLS");
  }

  @Test
  void aProxyThatNeverShakesHandsIsUnknownAndHoldsUpNobody() throws Exception {
    HaproxyReplica stuck = haproxy("stuck", 105);
    HaproxyReplica other = haproxy("other", 106);
    for (String pool : List.of("stuck", "other")) {
      cluster.secret(pool, secret(ours, ours.issue("operator-" + pool)));
      pool(pool, pool.equals("stuck") ? 105 : 106);
      awaitHealthy(pool);
    }
    // The kernel still takes connections for a stopped process; nobody answers them.
    stuck.process().signalFamily("STOP");
    try {
      awaitUnknown("stuck", "took longer than 1000 ms");
      bendAndAwaitCorrection(other);
    } finally {
      stuck.process().signalFamily("CONT");
    }
    awaitHealthy("stuck");
  }
}
