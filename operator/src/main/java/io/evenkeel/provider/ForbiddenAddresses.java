package io.evenkeel.provider;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * Addresses that are never written into a proxy, whoever asks: with them a pool could aim the proxy
 * at its own host, at its neighbours on the link, or at the credentials of its cloud.
 *
 * <p>Addresses of nodes cannot be told from those of pods by their look; see {@code Endpoints} for
 * the nodes that are known.
 */
public final class ForbiddenAddresses {
  /**
   * Metadata and host services of clouds that are not link-local: AWS in IPv6, Azure's host,
   * Alibaba Cloud, Oracle Cloud. Those of AWS, Google, Azure and OpenStack in IPv4 are link-local.
   */
  private static final Set<InetAddress> METADATA =
      Set.of(
          InetAddress.ofLiteral("fd00:ec2::254"),
          InetAddress.ofLiteral("168.63.129.16"),
          InetAddress.ofLiteral("100.100.100.200"),
          InetAddress.ofLiteral("192.0.0.192"));

  private ForbiddenAddresses() {}

  /**
   * What an address is that forbids it, such as {@code a loopback address}; empty when it may be
   * written. An IPv4 address in IPv6 clothes ({@code ::ffff:127.0.0.1}) is judged as what it is.
   */
  public static Optional<String> why(String ip) {
    InetAddress address;
    try {
      address = InetAddress.ofLiteral(ip);
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.of("not an IP address");
    }
    if (address.isLoopbackAddress()) {
      return Optional.of("a loopback address");
    }
    if (address.isLinkLocalAddress()) {
      return Optional.of("a link-local address");
    }
    if (METADATA.contains(address)) {
      return Optional.of("a cloud's metadata address");
    }
    if (address.isMulticastAddress()) {
      return Optional.of("a multicast address");
    }
    if (address.isAnyLocalAddress() || isThisNetwork(address)) {
      return Optional.of("an unspecified address");
    }
    return Optional.empty();
  }

  /** 0.0.0.0/8, which some stacks take for this host, and the broadcast address. */
  private static boolean isThisNetwork(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address
        && (bytes[0] == 0 || (bytes[0] & bytes[1] & bytes[2] & bytes[3]) == (byte) 0xff);
  }
}
