/** The small HTTP client that works over any {@link io.evenkeel.wire.Connection}. */
@NullMarked
package io.evenkeel.wire.http;

import org.jspecify.annotations.NullMarked;
