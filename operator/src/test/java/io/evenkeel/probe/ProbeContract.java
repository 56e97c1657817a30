package io.evenkeel.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.provider.ProviderContract.Act;
import io.evenkeel.wire.Dialer;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every reading room promises. */
public interface ProbeContract {
  /**
   * @param target one that the proxy has, with two addresses of different weight
   * @param missing one that it does not have
   * @param change somebody changes a configured weight of the target
   * @param unreachable a replica that does not answer, with a time limit of at most 1 s
   */
  record Fixture(
      Probe probe,
      Dialer dialer,
      LiveTarget target,
      LiveTarget missing,
      Act change,
      Dialer unreachable) {}

  /** A fresh one for each call. */
  Fixture fixture() throws Exception;

  @Test
  default void theFingerprintMovesWithWeightsOnly() throws Exception {
    Fixture f = fixture();
    try (Probe.Session session = f.probe().open(f.dialer())) {
      String before = session.fingerprint();
      assertThat(session.fingerprint()).isEqualTo(before);
      f.change().run();
      assertThat(session.fingerprint()).isNotEqualTo(before);
    }
  }

  @Test
  default void aChangeIsSeenInTheConfiguredShares() throws Exception {
    Fixture f = fixture();
    try (Probe.Session session = f.probe().open(f.dialer())) {
      LiveView before = known(session, f.target());
      assertThat(before.configured().shares()).hasSize(2);
      f.change().run();
      assertThat(known(session, f.target()).configured()).isNotEqualTo(before.configured());
      assertThat(known(session, f.target()).incarnation()).isEqualTo(before.incarnation());
    }
  }

  @Test
  default void whatIsMissingIsUnknownAndSpoilsNothingElse() throws Exception {
    Fixture f = fixture();
    try (Probe.Session session = f.probe().open(f.dialer())) {
      Map<LiveTarget, Reading<LiveView>> readings = session.read(Set.of(f.target(), f.missing()));
      assertThat(readings).containsOnlyKeys(f.target(), f.missing());
      assertThat(readings.get(f.target())).isInstanceOf(Reading.Known.class);
      assertThat(readings.get(f.missing()))
          .isInstanceOfSatisfying(
              Reading.Unknown.class, u -> assertThat(u.reason()).isEqualTo("RouteMissing"));
    }
  }

  @Test
  default void aSilentReplicaIsAnIoException() throws Exception {
    Fixture f = fixture();
    try (Probe.Session session = f.probe().open(f.unreachable())) {
      assertThatThrownBy(session::fingerprint).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> session.read(Set.of(f.target()))).isInstanceOf(IOException.class);
    }
  }

  private static LiveView known(Probe.Session session, LiveTarget target) throws IOException {
    return Objects.requireNonNull(session.read(Set.of(target)).get(target)).known().orElseThrow();
  }
}
