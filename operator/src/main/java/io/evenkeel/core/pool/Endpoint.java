package io.evenkeel.core.pool;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One endpoint of a backend. Counted once, whatever the number of its addresses.
 *
 * @param primary the address in the Service's primary family: the one that is counted and written
 * @param addresses all addresses of all families under which a proxy may know it, the primary one
 *     included
 * @param ready {@code ready != false} in the slice: it should get traffic
 * @param terminating serving or not, it is on its way out: neither desired nor drift
 * @param managed the slice is written by the EndpointSlice controller for a pod of the Service's
 *     own namespace
 */
public record Endpoint(
    EndpointId id,
    Address primary,
    SortedSet<Address> addresses,
    boolean ready,
    boolean terminating,
    boolean managed) {
  public Endpoint {
    SortedSet<Address> all = new TreeSet<>(addresses);
    all.add(primary);
    addresses = Collections.unmodifiableSortedSet(all);
  }
}
