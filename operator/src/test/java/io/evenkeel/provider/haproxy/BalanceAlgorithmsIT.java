package io.evenkeel.provider.haproxy;

import static io.evenkeel.provider.Assignments.BACKEND;
import static io.evenkeel.provider.Assignments.ONE;
import static io.evenkeel.provider.Assignments.assignment;
import static io.evenkeel.provider.Assignments.endpoint;
import static io.evenkeel.provider.Assignments.program;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Share;
import io.evenkeel.probe.Probe;
import io.evenkeel.probe.haproxy.HaproxyProbe;
import io.evenkeel.provider.Assignments;
import io.evenkeel.provider.Outcome;
import io.evenkeel.wire.haproxy.HaproxyProcess;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which HAProxy 2.6 can choose a server, on a real one. */
class BalanceAlgorithmsIT {
  private static final Endpoint A = endpoint("127.0.0.1", 18191);
  private static final Endpoint B = endpoint("127.0.0.2", 18191);

  private static HaproxyProcess haproxy(String balance) throws Exception {
    return haproxy(balance, "", A.primary(), B.primary());
  }

  private static HaproxyProcess haproxy(String balance, String more, Address a, Address b)
      throws Exception {
    return new HaproxyProcess(
        "",
        """
        backend demo_shop
         balance %s
        %s
         server a %s weight 10 cookie a
         server b %s weight 30 cookie b
        """
            .formatted(balance, more, a, b),
        BACKEND);
  }

  private static Outcome write(HaproxyProcess process) {
    HaproxyProvider provider =
        new HaproxyProvider(
            new Assignments.TestContext(Map.of(ONE, process.dialer()), new AtomicBoolean(true)),
            address -> true,
            new Leavers(Duration.ofSeconds(3)));
    return provider.apply(
        assignment(Membership.Proxy, DeletionPolicy.Orphan, A, B),
        program(ONE, Map.of(A, 10, B, 10)));
  }

  private static Reading<LiveView> read(HaproxyProcess process) throws Exception {
    LiveTarget target = new LiveTarget.NamedBackend(BACKEND);
    try (Probe.Session session = new HaproxyProbe(InstantSource.system()).open(process.dialer())) {
      return Objects.requireNonNull(session.read(Set.of(target)).get(target));
    }
  }

  @Test
  void roundrobinIsWrittenAndRead() throws Exception {
    try (HaproxyProcess process = haproxy("roundrobin")) {
      assertThat(write(process)).isEqualTo(new Outcome.Applied("b weight 30 → 10", ""));
      assertThat(read(process).known().orElseThrow().configured().share(A.primary()))
          .isEqualTo(Share.of(1, 2));
    }
  }

  /** Its weights decide, but HAProxy cannot change them at run time. */
  @Test
  void staticRoundrobinIsReadAndRefused() throws Exception {
    try (HaproxyProcess process = haproxy("static-rr")) {
      assertRefused(process, "static-rr");
      assertThat(read(process).known().orElseThrow().configured().share(A.primary()))
          .isEqualTo(Share.of(1, 4));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          leastconn | leastconn | weights decide the share of open connections, not of requests
          random    | unknown   | HAProxy does not say how it draws
          random(1) | unknown   | HAProxy does not say how it draws
          """)
  void whatTakesWeightsButDoesNotFollowThemIsWrittenAndUnknown(
      String balance, String shown, String why) throws Exception {
    try (HaproxyProcess process = haproxy(balance)) {
      assertThat(write(process)).isEqualTo(new Outcome.Applied("b weight 30 → 10", ""));
      assertUnknown(process, shown, why);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          first               | first      | the first server with a free slot takes the request
          source              | source     | a hash of the request decides
          uri                 | uri        | a hash of the request decides
          url_param user      | url_param  | a hash of the request decides
          hdr(X-User)         | hdr        | a hash of the request decides
          rdp-cookie          | rdp-cookie | a hash of the request decides
          hash req.hdr(X-Uid) | hash       | a hash of the request decides
          """)
  void whereWeightsDoNotDecideItIsRefusedAndUnknown(String balance, String shown, String why)
      throws Exception {
    try (HaproxyProcess process = haproxy(balance)) {
      assertRefused(process, shown);
      assertUnknown(process, shown, why);
    }
  }

  private static void assertRefused(HaproxyProcess process, String shown) throws Exception {
    assertThat(write(process))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo("AlgorithmNotSupported");
              assertThat(refused.message())
                  .contains("balances by \"" + shown + "\"")
                  .endsWith("use balance roundrobin");
            });
    assertThat(process.server(BACKEND, "b").weight()).isEqualTo(30);
  }

  private static void assertUnknown(HaproxyProcess process, String shown, String why)
      throws Exception {
    assertThat(read(process))
        .isInstanceOfSatisfying(
            Reading.Unknown.class,
            unknown -> {
              assertThat(unknown.reason()).isEqualTo("WeightsDoNotDecide");
              assertThat(unknown.message()).contains("balances by \"" + shown + "\"").contains(why);
            });
  }

  /**
   * Persistence goes past the weights: they are written and read as ever, and only the counters,
   * and so the observed rung, show where requests go.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {" cookie SRV insert indirect", " stick-table type ip size 10k\n stick on src"})
  void stickySessionsShowInTheCountersOnly(String persistence) throws Exception {
    try (Upstream a = new Upstream("127.0.0.1");
        Upstream b = new Upstream("127.0.0.2");
        HaproxyProcess process = haproxy("roundrobin", persistence, a.address(), b.address())) {
      process.byHand("set", "server", "demo_shop/b", "weight", "10");
      try (UserAgent one = new UserAgent(process.port())) {
        String first = one.get("");
        String cookie = "Cookie: SRV=" + (first.equals(a.name()) ? "a" : "b") + "\r\n";
        for (int i = 0; i < 9; i++) {
          assertThat(one.get(cookie)).isEqualTo(first);
        }
        LiveView view = read(process).known().orElseThrow();
        assertThat(view.configured().shares().values()).containsOnly(Share.of(1, 2));
        assertThat(view.effective()).isEqualTo(view.configured());
        assertThat(view.gaps()).isEmpty();
        assertThat(List.copyOf(view.requests().values())).containsExactlyInAnyOrder(10L, 0L);
      }
    }
  }
}
