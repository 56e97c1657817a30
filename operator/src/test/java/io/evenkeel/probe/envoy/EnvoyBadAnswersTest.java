package io.evenkeel.probe.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.core.read.LiveTarget.HttpRoute;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.wire.http.AnswerException;
import io.evenkeel.wire.http.AnswerException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A proxy that answers too much, too little or nonsense costs an exception with a reason, never a
 * wrong reading.
 */
class EnvoyBadAnswersTest {
  private static final HttpRoute SHOP =
      HttpRoute.of("shop.example.com", new PathMatch(PathMatch.Kind.PREFIX, "/"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"configs\":[{\"route_config\"|TRUNCATED",
        "[]|GARBAGE",
        "not json|GARBAGE",
        "{\"configs\":{}}|GARBAGE",
        "{\"configs\":[3]}|GARBAGE",
        "{\"configs\":[{\"route_config\":{\"virtual_hosts\":[{\"domains\":[[]]}]}}]}|GARBAGE",
        "{} {}|GARBAGE"
      })
  void bodies(String body, Reason reason) {
    assertReason(path -> FakeAdmin.chunked(body.getBytes(StandardCharsets.UTF_8)), reason);
  }

  @Test
  void tooDeepTooManyAndTooLong() {
    String deep = "{\"configs\":[" + "[".repeat(5000);
    assertReason(path -> FakeAdmin.chunked(FakeAdmin.ascii(deep)), Reason.TOO_LARGE);
    String wide =
        "{\"configs\":[{\"route_config\":{\"virtual_hosts\":[{\"domains\":[\"shop.example.com\"],"
            + "\"routes\":[{\"match\":["
            + "1,".repeat(60_000)
            + "1]}]}]}}]}";
    Function<String, byte[]> recorded = recorded();
    assertReason(
        path ->
            path.contains("mask=")
                ? recorded.apply(path)
                : FakeAdmin.chunked(FakeAdmin.ascii(wide)),
        Reason.TOO_LARGE);
    String endless = "{\"configs\":[" + "{},".repeat(2_000_000);
    assertReason(path -> FakeAdmin.chunked(FakeAdmin.ascii(endless)), Reason.TOO_LARGE);
  }

  @Test
  void refusedPathsAreSaid() {
    assertReason(
        path -> FakeAdmin.ascii("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
        Reason.REFUSED);
  }

  @Test
  void fingerprintsAreReadStrictly() {
    Function<String, byte[]> recorded = recorded();
    assertThatThrownBy(() ->
            new EnvoyProbe(InstantSource.system())
                .open(
                    new FakeAdmin(path ->
                        path.contains("mask=")
                            ? recorded.apply(path)
                            : FakeAdmin.chunked(FakeAdmin.ascii("<html>"))))
                .fingerprint())
        .isInstanceOf(AnswerException.class);
  }

  @Property(tries = 300)
  void anyCutOrFlippedByteGivesAReadingOrAnIoException(
      @ForAll @IntRange(max = 100_000) int where, @ForAll byte with, @ForAll boolean cut) {
    Function<String, byte[]> recorded = recorded();
    FakeAdmin fake =
        new FakeAdmin(path -> {
          byte[] answer = recorded.apply(path).clone();
          int at = where % answer.length;
          if (cut) {
            return java.util.Arrays.copyOf(answer, at);
          }
          answer[at] = with;
          return answer;
        });
    try {
      assertThat(new EnvoyProbe(InstantSource.system()).open(fake).read(Set.of(SHOP)))
          .containsOnlyKeys(SHOP);
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  @Property(tries = 500)
  void anyBytesGiveNothingOrAnIoException(@ForAll @Size(max = 200) byte[] bytes) {
    for (Reader reader :
        List.<Reader>of(
            in -> DumpReader.routes(in, Set.of(SHOP)),
            DumpReader::affinities,
            in -> DumpReader.clusters(in, Set.of("a")),
            in -> DumpReader.localities(in, Set.of("a")),
            in -> DumpReader.hosts(in, Set.of("a")))) {
      try {
        assertThat(reader.read(new ByteArrayInputStream(bytes))).isNotNull();
      } catch (IOException e) {
        assertThat(e).isInstanceOf(AnswerException.class);
      }
    }
  }

  private interface Reader {
    Object read(InputStream in) throws IOException;
  }

  private static Function<String, byte[]> recorded() {
    try {
      return EnvoyFixturesTest.answers("weighted");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void assertReason(Function<String, byte[]> answers, Reason reason) {
    assertThatThrownBy(() ->
            new EnvoyProbe(InstantSource.system(), 1 << 20)
                .open(new FakeAdmin(answers))
                .read(Set.of(SHOP)))
        .isInstanceOfSatisfying(
            AnswerException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
