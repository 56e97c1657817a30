/**
 * Bounded conversations with proxies: every one has a timeout, a byte limit and no listener of its
 * own.
 */
@NullMarked
package io.evenkeel.wire;

import org.jspecify.annotations.NullMarked;
