/** A room that keeps everything in memory, for tests. */
@NullMarked
package io.evenkeel.provider.memory;

import org.jspecify.annotations.NullMarked;
