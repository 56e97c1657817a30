package io.evenkeel.provider.haproxy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.provider.ForbiddenAddresses;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom;
import java.time.Duration;
import java.util.List;

/** The room for HAProxy. Needs no kinds of its own: pools, classes and slices are everybody's. */
public final class HaproxyRoom implements ProviderRoom {
  /** How long a removed server may keep its open connections. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Override
  public String name() {
    return HaproxyProvider.NAME;
  }

  @Override
  public List<Watched> watches() {
    return List.of();
  }

  @Override
  public Provider open(Context context) {
    return new HaproxyProvider(context, HaproxyRoom::isPodAddress, new Leavers(PATIENCE));
  }

  /** Checked once more where it is written, whoever resolved the endpoint. */
  static boolean isPodAddress(Address address) {
    return ForbiddenAddresses.why(address.ip()).isEmpty();
  }
}
