/** What a pool is: backends, endpoints, addresses. */
@NullMarked
package io.evenkeel.core.pool;

import org.jspecify.annotations.NullMarked;
