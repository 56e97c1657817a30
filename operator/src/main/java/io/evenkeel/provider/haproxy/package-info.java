/**
 * Keeps the weights, or the servers too, of HAProxy replicas true to a pool over the runtime API.
 */
@NullMarked
package io.evenkeel.provider.haproxy;

import org.jspecify.annotations.NullMarked;
