package io.evenkeel.provider.haproxy;

import io.evenkeel.core.pool.Address;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** The room for HAProxy. Needs no kinds of its own: pools, classes and slices are everybody's. */
public final class HaproxyRoom implements ProviderRoom {
  /** How long a removed server may keep its open connections. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The metadata service of some clouds in IPv6; the IPv4 one is link-local. */
  private static final String METADATA_V6 = "fd00:ec2:0:0:0:0:0:254";

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

  /**
   * Never loopback, link-local, metadata, multicast or unspecified: no pool may aim a proxy at its
   * own host.
   */
  static boolean isPodAddress(Address address) {
    InetAddress ip = InetAddress.ofLiteral(address.ip());
    return !ip.isLoopbackAddress()
        && !ip.isLinkLocalAddress()
        && !ip.isAnyLocalAddress()
        && !ip.isMulticastAddress()
        && !ip.getHostAddress().equals(METADATA_V6);
  }
}
