package io.evenkeel.probe.envoy;

import static io.evenkeel.core.read.LiveTarget.PathMatch.Kind.PREFIX;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveTarget.HostMatch;
import io.evenkeel.core.read.LiveTarget.HttpRoute;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.LiveView.Gap;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.probe.Probe;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is made of answers that were recorded from a real Envoy (resources, {@code
 * envoy/record.py}).
 */
class EnvoyFixturesTest {
  private static final HttpRoute SHOP = target("shop.example.com", PREFIX, "/");
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
  private static final Set<String> UNKNOWN =
      Arrays.stream(UnknownCases.TABLE)
          .map(line -> line.split(",", 2)[0].strip())
          .collect(Collectors.toCollection(TreeSet::new));
  private static final Set<String> KNOWN =
      Arrays.stream(KnownCases.TABLE)
          .map(line -> line.split(",", 2)[0].strip())
          .collect(Collectors.toCollection(TreeSet::new));

  /** Scenario and reason. */
  private static final class UnknownCases {
    static final String[] TABLE = {
      "zone-aware, ZoneAware",
      "zone-aware-default, ZoneAware",
      "ring-hash, ConsistentHashing",
      "maglev, ConsistentHashing",
      "random-weights, WeightsIgnored",
      "client-side-wrr, ClientSideWeights",
      "subset, SubsetLoadBalancing",
      "aggregate, AggregateCluster",
      "original-dst, OriginalDestination",
      "logical-dns, LogicalDns",
      "runtime-weights, RuntimeKeyed",
      "runtime-fraction, RuntimeKeyed",
      "cluster-header, ClusterHeader",
      "header-chooses, RequestChoosesCluster",
      "specifier-plugin, ClusterSpecifierPlugin",
      "session-affinity, SessionAffinity",
      "redirect, NotForwarded",
      "direct-response, NotForwarded",
      "disagree, RoutesDisagree",
      "no-endpoints, NoEndpoints",
    };
  }

  /** Scenario, then configured weights by port, then effective ones where they differ. */
  private static final class KnownCases {
    static final String[] TABLE = {
      "weighted, 11=3 12=3 13=4",
      "endpoint-weights, 11=9 12=3 13=8",
      "locality-weights, 11=1 12=1 13=6",
      "locality-weights-extension, 11=1 12=1 13=6",
      "locality-weights-unused, 11=1 12=1 13=1",
      "random-equal, 11=1 12=1",
      "least-request, 11=1 12=1",
      "strict-dns, 11=1 12=3",
      "session-affinity-off, 11=3 12=3 13=4",
      "redirect-beside, 11=3 12=3 13=4",
      "agree, 11=3 12=3 13=4",
      "siblings, 11=3 12=3 13=4",
      "unhealthy, 11=1 12=1 13=1 14=1, 11=1 12=1 13=1 14=0",
      "draining, 11=3 12=3 13=4 14=0",
      "all-draining, 11=3 12=3 13=4",
      "panic, 11=1 12=1 13=1",
      "priorities, 11=1 12=1, 11=1 12=0",
      "drained-cluster, 11=1 12=1 13=0",
    };
  }

  @ParameterizedTest
  @MethodSource("unknown")
  void unknownWhereWeightsDoNotDecide(String scenario, String reason) throws IOException {
    assertThat(read(scenario, SHOP))
        .isInstanceOfSatisfying(
            Reading.Unknown.class, unknown -> assertThat(unknown.reason()).isEqualTo(reason));
  }

  static Stream<Arguments> unknown() {
    return Arrays.stream(UnknownCases.TABLE)
        .map(line -> line.split(","))
        .map(c -> Arguments.of(c[0].strip(), c[1].strip()));
  }

  @ParameterizedTest
  @MethodSource("known")
  void sharesByAddress(String scenario, String configured, String effective) throws IOException {
    LiveView view = read(scenario, SHOP).known().orElseThrow();
    assertThat(view.configured()).isEqualTo(weights(configured));
    assertThat(view.effective()).isEqualTo(weights(effective));
    assertThat(view.incarnation()).startsWith("20");
    assertThat(view.requests().keySet()).containsAll(view.configured().shares().keySet());
  }

  static Stream<Arguments> known() {
    return Arrays.stream(KnownCases.TABLE)
        .map(line -> line.split(","))
        .map(c -> Arguments.of(c[0].strip(), c[1].strip(), c[c.length - 1].strip()));
  }

  @Test
  void saysWhyAnAddressGetsLess() throws IOException {
    assertThat(read("unhealthy", SHOP).known().orElseThrow().gaps())
        .containsExactly(Map.entry(address("14"), Gap.HEALTH_EXCLUDED));
    assertThat(read("priorities", SHOP).known().orElseThrow().gaps())
        .containsExactly(Map.entry(address("12"), Gap.PRIORITY));
    assertThat(read("panic", SHOP).known().orElseThrow().gaps()).isEmpty();
    assertThat(read("draining", SHOP).known().orElseThrow().gaps()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "EXACT,/exact,true",
    "PREFIX,/seg,true",
    "PREFIX,/seg/,true",
    "REGEX,/r.*x,true",
    "PREFIX,/old,true",
    "EXACT,/seg,false",
    "PREFIX,/exact,false",
    "PREFIX,/,false",
    "REGEX,/r.*,false"
  })
  void matchesPathsAsControllersWriteThem(PathMatch.Kind kind, String path, boolean found)
      throws IOException {
    Reading<LiveView> reading = read("paths", target("*.shop.example.com", kind, path));
    assertThat(reading.known().isPresent()).isEqualTo(found);
    if (reading instanceof Reading.Unknown<LiveView>(String reason, String message)) {
      assertThat(reason).isEqualTo("RouteMissing");
      assertThat(message).contains(path);
    }
  }

  @Test
  void aHostThatTheProxyLacksIsMissing() throws IOException {
    for (HttpRoute absent :
        List.of(
            target("shop.example.org", PREFIX, "/"),
            both(SHOP, target("more.example.com", PREFIX, "/")))) {
      assertThat(read("weighted", absent))
          .isInstanceOfSatisfying(
              Reading.Unknown.class, u -> assertThat(u.reason()).isEqualTo("RouteMissing"));
    }
  }

  /** What is wanted of one host is not wanted of another, whoever's it is there. */
  @Test
  void eachHostHasItsOwnPaths() throws IOException {
    String dump =
        """
        {"configs": [{"route_config": {"name": "r", "virtual_hosts": [
          {"domains": ["web.example.com"], "routes": [
            {"match": {"path_separated_prefix": "/v1"}, "route": {"cluster": "theirs"}},
            {"match": {"prefix": "/"}, "route": {"cluster": "web"}}]},
          {"domains": ["api.example.com"], "routes": [
            {"match": {"path_separated_prefix": "/v1"}, "route": {"cluster": "api"}}]}]}}]}
        """;
    HttpRoute target =
        both(target("web.example.com", PREFIX, "/"), target("api.example.com", PREFIX, "/v1"));
    List<EnvoyModel.Route> routes =
        DumpReader.routes(
            new ByteArrayInputStream(dump.getBytes(StandardCharsets.UTF_8)), Set.of(target));
    assertThat(TargetReader.clusters(routes)).containsExactlyInAnyOrder("web", "api");
  }

  private static HttpRoute both(HttpRoute one, HttpRoute other) {
    Set<HostMatch> matches = new HashSet<>(one.matches());
    matches.addAll(other.matches());
    return new HttpRoute(matches);
  }

  @Test
  void whatCannotBeReadIsNotSupported() throws IOException {
    LiveTarget target = new LiveTarget.Unreadable("NotSupported", "why");
    assertThat(session("weighted").read(Set.of(target)).get(target))
        .isEqualTo(new Reading.NotSupported<>("NotSupported", "why"));
  }

  @Test
  void aRouteWithoutHostnamesIsInTheVirtualHostForEveryDomainOnly() throws IOException {
    HttpRoute everywhere =
        new HttpRoute(
            SHOP.matches().stream()
                .map(match -> new LiveTarget.HostMatch("", match.path()))
                .collect(Collectors.toSet()));
    assertThat(read("catch-all", everywhere).known().orElseThrow().configured())
        .isEqualTo(weights("11=3 12=3 13=4"));
    assertThat(read("weighted", everywhere))
        .isInstanceOfSatisfying(
            Reading.Unknown.class, u -> assertThat(u.reason()).isEqualTo("RouteMissing"));
  }

  @Test
  void saysWhichRoutesDisagree() throws IOException {
    assertThat(read("disagree", SHOP))
        .isInstanceOfSatisfying(
            Reading.Unknown.class,
            u ->
                assertThat(u.message())
                    .contains("shop.example.com/ of rc1", "shop.example.com/ of rc0"));
  }

  @Test
  void anIpv6EndpointIsTheOneThatKubernetesSpellsOtherwise() throws IOException {
    assertThat(read("ipv6", SHOP).known().orElseThrow().configured())
        .isEqualTo(
            Distribution.ofCounts(
                Map.of(
                    new Address("fd00:0010:0:0:0:0:0:5", 33811), 1,
                    new Address("FD00:10::6", 33812), 1)));
  }

  @Test
  void aNamedBackendIsNotEnvoys() throws IOException {
    LiveTarget target = new LiveTarget.NamedBackend("x");
    assertThat(session("weighted").read(Set.of(target)).get(target))
        .isInstanceOf(Reading.NotSupported.class);
  }

  @Test
  void everyFixtureIsUsed() throws Exception {
    File folder =
        new File(Objects.requireNonNull(getClass().getResource("/envoy/weighted.json")).toURI())
            .getParentFile();
    Set<String> used = new TreeSet<>(UNKNOWN);
    used.addAll(KNOWN);
    used.addAll(List.of("paths", "ipv6", "catch-all"));
    assertThat(Objects.requireNonNull(folder.list((dir, name) -> name.endsWith(".json"))))
        .extracting(name -> name.replace(".json", ""))
        .containsExactlyInAnyOrderElementsOf(used);
  }

  static HttpRoute target(String host, PathMatch.Kind kind, String path) {
    return HttpRoute.of(host, new PathMatch(kind, path));
  }

  static Address address(String lastDigits) {
    return new Address("127.0.0.1", Integer.parseInt("338" + lastDigits));
  }

  private static Distribution<Address> weights(String text) {
    Map<Address, Integer> counts =
        Arrays.stream(text.split(" "))
            .map(pair -> pair.split("="))
            .collect(Collectors.toMap(p -> address(p[0]), p -> Integer.valueOf(p[1])));
    return Distribution.ofCounts(counts);
  }

  private static Reading<LiveView> read(String scenario, HttpRoute target) throws IOException {
    return Objects.requireNonNull(session(scenario).read(Set.of(target)).get(target));
  }

  private static Probe.Session session(String scenario) throws IOException {
    return new EnvoyProbe(CLOCK).open(new FakeAdmin(answers(scenario)));
  }

  /**
   * The recorded answers; parameters that only make them shorter are ignored, as older Envoys do.
   */
  static Function<String, byte[]> answers(String scenario) throws IOException {
    JsonNode recorded;
    try (InputStream in =
        EnvoyFixturesTest.class.getResourceAsStream("/envoy/" + scenario + ".json")) {
      recorded = new ObjectMapper().readTree(Objects.requireNonNull(in, scenario));
    }
    return path -> {
      String key =
          path.contains("&mask=") ? path : path.replaceFirst("&(name_regex|filter)=.*", "");
      return FakeAdmin.chunked(recorded.path(key).toString().getBytes(StandardCharsets.UTF_8));
    };
  }
}
