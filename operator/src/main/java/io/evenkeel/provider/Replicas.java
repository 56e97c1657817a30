package io.evenkeel.provider;

import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.wire.Dialer;
import java.util.Optional;
import java.util.Set;

/**
 * How to reach a proxy replica that a write names. Kept by whoever keeps the registry of replicas;
 * a room looks one up for each write and holds nothing, so that a replica that is gone, or whose
 * credentials were replaced, is never reached by an old way.
 */
public interface Replicas {
  /**
   * A way to the replica as the class describes it now, with its credentials, timeout and byte
   * limit; empty when no class names this replica any more.
   *
   * @param replica as it was handed out by the registry: its fleet's name is unique over all
   *     classes there
   */
  Optional<Dialer> dialer(ReplicaId replica);

  /** All replicas known now of all fleets of a class; what a release has to visit. */
  Set<ReplicaId> of(String balancerClassName);
}
