/** Reads HAProxy replicas over the runtime API. */
@NullMarked
package io.evenkeel.probe.haproxy;

import org.jspecify.annotations.NullMarked;
