package io.evenkeel.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Reading;
import org.junit.jupiter.api.Test;

/**
 * What every declaring room promises. A room's test implements the fixture; nothing here may be
 * overridden.
 */
public interface ProviderContract {
  /**
   * A room ready to write for one pool.
   *
   * @param first a write that changes something
   * @param second another one, of the same kind
   * @param unfit a write of a kind, or with a granularity, that this room cannot take
   * @param tamper somebody else changes what was written
   * @param lease whether the process may write; set to false by the contract
   */
  record Fixture(
      Provider provider,
      Assignment assignment,
      Write first,
      Write second,
      Write unfit,
      Act tamper,
      java.util.concurrent.atomic.AtomicBoolean lease) {}

  /** Something that may fail. */
  @FunctionalInterface
  interface Act {
    void run() throws Exception;
  }

  /** A fresh one for each call. */
  Fixture fixture() throws Exception;

  @Test
  default void aWriteIsAppliedOnceAndThenUnchanged() throws Exception {
    Fixture f = fixture();
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Applied.class);
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Unchanged.class);
    assertThat(f.provider().apply(f.assignment(), f.second())).isInstanceOf(Outcome.Applied.class);
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Applied.class);
  }

  @Test
  default void aForeignChangeIsCorrected() throws Exception {
    Fixture f = fixture();
    f.provider().apply(f.assignment(), f.first());
    f.tamper().run();
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Applied.class);
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Unchanged.class);
  }

  @Test
  default void withoutALeaseNothingIsWritten() throws Exception {
    Fixture f = fixture();
    f.lease().set(false);
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Failed.class);
    f.lease().set(true);
    assertThat(f.provider().apply(f.assignment(), f.first())).isInstanceOf(Outcome.Applied.class);
  }

  @Test
  default void whatItCannotTakeIsRefusedWithASentence() throws Exception {
    Fixture f = fixture();
    assertThat(f.provider().apply(f.assignment(), f.unfit()))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.reason()).matches("[A-Z][A-Za-z]+");
              assertThat(refused.message()).contains(" ");
            });
  }

  @Test
  default void questionsAboutAGoodPoolAreAnswered() throws Exception {
    Fixture f = fixture();
    assertThat(f.provider().name()).isNotBlank();
    assertThat(f.provider().check(f.assignment())).isEmpty();
    assertThat(f.provider().scale(f.assignment()).max()).isPositive();
    assertThat(f.provider().liveTarget(f.assignment()))
        .isEqualTo(f.provider().liveTarget(f.assignment()));
    assertThatCode(() -> f.provider().dependsOn(f.assignment())).doesNotThrowAnyException();
    assertThat(f.provider().declared(f.assignment()))
        .isInstanceOfAny(Reading.Known.class, Reading.NotSupported.class);
  }

  @Test
  default void releaseIsIdempotent() throws Exception {
    Fixture f = fixture();
    f.provider().apply(f.assignment(), f.first());
    f.provider().release(f.assignment());
    assertThat(f.provider().release(f.assignment())).isInstanceOf(Outcome.Unchanged.class);
  }
}
