package io.evenkeel.core.pool;

import java.util.Comparator;

/** An IP address in canonical text form and a port in 1..65535. */
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
