package io.evenkeel.core.pool;

import java.util.Comparator;

/**
 * What makes an endpoint the same endpoint: its backend, the pod behind it (targetRef.uid, or else
 * its address) and the port that the Service's port name resolves to in its slice.
 */
public record EndpointId(String backend, String identity, int port)
    implements Comparable<EndpointId> {
  private static final Comparator<EndpointId> ORDER =
      Comparator.comparing(EndpointId::backend)
          .thenComparing(EndpointId::identity)
          .thenComparingInt(EndpointId::port);

  @Override
  public int compareTo(EndpointId other) {
    return ORDER.compare(this, other);
  }
}
