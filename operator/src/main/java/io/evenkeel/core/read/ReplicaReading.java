package io.evenkeel.core.read;

import java.time.Instant;

/**
 * One replica's answer for one pool.
 *
 * @param counted whether it counts: ready, not terminating and older than the settling time
 * @param changedAt when the content last changed; a difference younger than the settling time is
 *     not yet a finding where the control plane, not Evenkeel, brings weights into the proxy
 * @param writable whether the declaring room can write this replica's weights at run time
 */
public record ReplicaReading(
    ReplicaId replica,
    boolean counted,
    boolean writable,
    Instant changedAt,
    Reading<LiveView> view) {}
