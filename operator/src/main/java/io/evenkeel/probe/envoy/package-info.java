/**
 * Reads Envoy's admin interface: what each proxy is configured to do with a route's requests, by
 * address.
 */
@NullMarked
package io.evenkeel.probe.envoy;

import org.jspecify.annotations.NullMarked;
