package io.evenkeel.core.read;

import java.time.Instant;

/**
 * One replica's answer for one pool.
 *
 * @param counted whether it counts: ready, not terminating and older than the settling time
 * @param changedAt when the content last changed; a difference younger than the settling time is
 *     not yet a finding where the control plane, not Evenkeel, brings weights into the proxy
 * @param reach what of this replica the declaring room can write at run time
 */
public record ReplicaReading(
    ReplicaId replica, boolean counted, Reach reach, Instant changedAt, Reading<LiveView> view) {
  /** Whether the declaring room can write anything of it at run time. */
  public boolean writable() {
    return reach != Reach.NONE;
  }

  /** The reason of an unknown reading while the first one is still on its way. */
  public static final String NOT_READ_YET = "NotReadYet";
}
