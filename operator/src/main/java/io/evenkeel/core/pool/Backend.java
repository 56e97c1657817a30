package io.evenkeel.core.pool;

import java.util.List;
import java.util.Set;

/** A backend of a pool, its reference resolved or the reason why it cannot be. */
public sealed interface Backend {
  /** Unique within the pool. */
  String name();

  /** Relative capacity, 0..1000; 0 is drained on purpose. */
  int capacity();

  /** The endpoints that should get traffic; empty when the reference is unresolved. */
  default List<Endpoint> readyEndpoints() {
    return this instanceof Resolved resolved
        ? resolved.endpoints().stream().filter(e -> e.ready() && !e.terminating()).toList()
        : List.of();
  }

  /**
   * @param endpoints ready or not, sorted by id
   * @param serviceAddresses the Service's own addresses (ClusterIP and port): a proxy that routes
   *     to one of them sees the backend, not its endpoints
   * @param refused why some endpoints of the Service are not among these although they exist, a
   *     sentence each that says what to change
   */
  record Resolved(
      String name,
      int capacity,
      List<Endpoint> endpoints,
      Set<Address> serviceAddresses,
      List<String> refused)
      implements Backend {
    public Resolved {
      endpoints = List.copyOf(endpoints);
      serviceAddresses = Set.copyOf(serviceAddresses);
      refused = List.copyOf(refused);
    }
  }

  /**
   * @param reason a condition reason such as {@code BackendNotFound}
   * @param message a sentence that says what to write instead
   */
  record Unresolved(String name, int capacity, String reason, String message) implements Backend {}
}
