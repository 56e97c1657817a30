package io.evenkeel.core.pool;

import java.util.Comparator;

/**
 * An IP address and a port in 1..65535. Two spellings of one IPv6 address are one address here, so
 * that what a proxy calls an endpoint is found where Kubernetes calls it otherwise.
 */
public record Address(String ip, int port) implements Comparable<Address> {
  private static final Comparator<Address> ORDER =
      Comparator.comparing(Address::ip).thenComparingInt(Address::port);

  /**
   * @throws IllegalArgumentException when the port is outside 1..65535 or the address is empty
   */
  public Address {
    if (port < 1 || port > 65535 || ip.isEmpty()) {
      throw new IllegalArgumentException("not an address: " + ip + " port " + port);
    }
    ip = canonical(ip);
  }

  /** The one spelling of an IP address that is used here; what is none stays as it is. */
  public static String canonical(String ip) {
    return ip.indexOf(':') < 0 ? ip : Ipv6.canonical(ip).orElse(ip);
  }

  @Override
  public int compareTo(Address other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return ip.indexOf(':') < 0 ? ip + ":" + port : "[" + ip + "]:" + port;
  }
}
