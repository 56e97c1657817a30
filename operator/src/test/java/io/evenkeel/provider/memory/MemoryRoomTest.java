package io.evenkeel.provider.memory;

import static io.evenkeel.provider.Assignments.ONE;
import static io.evenkeel.provider.Assignments.assignment;
import static io.evenkeel.provider.Assignments.endpoint;
import static io.evenkeel.provider.Assignments.program;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.probe.ProbeContract;
import io.evenkeel.probe.memory.MemoryProbe;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.PairContract;
import io.evenkeel.provider.ProviderContract;
import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Nested;

/** The contracts on rooms that need nothing: what fails here is the contract's own fault. */
class MemoryRoomTest {
  private static final Endpoint A = endpoint("10.97.0.1", 80);
  private static final Endpoint B = endpoint("10.97.0.2", 80);
  private static final Assignment POOL = assignment(Membership.Proxy, DeletionPolicy.Orphan, A, B);
  private static final MemoryProbe PROBE = new MemoryProbe(() -> Instant.EPOCH);

  @Nested
  class Writing implements ProviderContract {
    @Override
    public Fixture fixture() {
      MemoryProxy proxy = new MemoryProxy();
      AtomicBoolean lease = new AtomicBoolean(true);
      return new Fixture(
          new MemoryProvider(proxy, lease::get),
          POOL,
          program(ONE, Map.of(A, 1, B, 1)),
          program(ONE, Map.of(A, 1, B, 2)),
          new Write.Declare(new Weights.PerBackend(new TreeMap<>(Map.of("blue", 1)))),
          () -> proxy.backends().clear(),
          lease);
    }
  }

  @Nested
  class Reading implements ProbeContract {
    @Override
    public Fixture fixture() {
      MemoryProxy proxy = new MemoryProxy();
      MemoryProvider provider = new MemoryProvider(proxy, () -> true);
      provider.apply(POOL, program(ONE, Map.of(A, 1, B, 2)));
      return new Fixture(
          PROBE,
          proxy,
          provider.liveTarget(POOL),
          new LiveTarget.NamedBackend("nobody"),
          () -> provider.apply(POOL, program(ONE, Map.of(A, 9, B, 2))),
          new Away());
    }
  }

  @Nested
  class Both implements PairContract {
    @Override
    public Fixture fixture() {
      MemoryProxy proxy = new MemoryProxy();
      return new Fixture(
          new MemoryProvider(proxy, () -> true),
          PROBE,
          proxy,
          POOL,
          Map.of(A, 1, B, 3),
          Map.of(A, 2, B, 2));
    }
  }

  private record Away() implements Dialer {
    @Override
    public String describe() {
      return "nowhere";
    }

    @Override
    public Connection dial() throws IOException {
      throw new IOException("nobody is there");
    }
  }
}
