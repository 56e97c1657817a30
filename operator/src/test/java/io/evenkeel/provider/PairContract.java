package io.evenkeel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.probe.Probe;
import io.evenkeel.wire.Dialer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What a room that writes to proxies and the room that reads the same proxies promise together:
 * shares come back as they were written, under the name that the writing room tells.
 */
public interface PairContract {
  /**
   * @param dialer to the replica {@link Assignments#ONE}
   * @param first weights of all endpoints of the pool
   * @param second other shares of the same endpoints
   */
  record Fixture(
      Provider provider,
      Probe probe,
      Dialer dialer,
      Assignment assignment,
      Map<Endpoint, Integer> first,
      Map<Endpoint, Integer> second) {}

  /** A fresh one for each call. */
  Fixture fixture() throws Exception;

  @Test
  default void whatOneRoomWritesTheOtherReads() throws Exception {
    Fixture f = fixture();
    try (Probe.Session session = f.probe().open(f.dialer())) {
      for (Map<Endpoint, Integer> weights : List.of(f.first(), f.second())) {
        assertThat(
                f.provider().apply(f.assignment(), Assignments.program(Assignments.ONE, weights)))
            .isInstanceOf(Outcome.Applied.class);
        LiveTarget target = f.provider().liveTarget(f.assignment());
        LiveView view =
            Objects.requireNonNull(session.read(Set.of(target)).get(target)).known().orElseThrow();
        Map<Address, Integer> byAddress = new HashMap<>();
        weights.forEach((endpoint, weight) -> byAddress.put(endpoint.primary(), weight));
        assertThat(view.configured()).isEqualTo(Distribution.ofCounts(byAddress));
      }
    }
  }
}
