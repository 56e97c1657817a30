package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class BehindTest {
  private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
  private static final Instant LATER = NOW.plusMillis(1_900);

  @Test
  void itLastsUntilEachWrittenRouteHasChanged() {
    Behind behind =
        Behind.of("HTTPRoute s/a@7, HTTPRoute s/b@9", "HTTPRoute s/a@20, HTTPRoute s/b@21", NOW);
    assertThat(behind.still("HTTPRoute s/a@7, HTTPRoute s/b@9", LATER)).isTrue();
    assertThat(behind.still("HTTPRoute s/a@20, HTTPRoute s/b@9", LATER)).isTrue();
    assertThat(behind.still("HTTPRoute s/a@20, HTTPRoute s/b@21", LATER)).isFalse();
  }

  @Test
  void aRouteThatWasNotWrittenIsNotWaitedFor() {
    Behind behind = Behind.of("HTTPRoute s/a@7, HTTPRoute s/b@9", "HTTPRoute s/a@20", NOW);
    assertThat(behind.still("HTTPRoute s/a@20, HTTPRoute s/b@9", LATER)).isFalse();
  }

  /** Somebody wrote after us: that is to be judged at once. */
  @Test
  void aNewerVersionThanOursEndsIt() {
    Behind behind = Behind.of("HTTPRoute s/a@7", "HTTPRoute s/a@20", NOW);
    assertThat(behind.still("HTTPRoute s/a@22", LATER)).isFalse();
  }

  @Test
  void aRouteThatWasCreatedIsWaitedFor() {
    Behind behind = Behind.of("", "HTTPRoute s/a@20", NOW);
    assertThat(behind.still("", LATER)).isTrue();
    assertThat(behind.still("HTTPRoute s/a@20", LATER)).isFalse();
  }

  @Test
  void aLaggingWatchIsNotWaitedForWithoutEnd() {
    Behind behind = Behind.of("HTTPRoute s/a@7", "HTTPRoute s/a@20", NOW);
    assertThat(behind.still("HTTPRoute s/a@7", NOW.plusSeconds(2))).isFalse();
  }
}
