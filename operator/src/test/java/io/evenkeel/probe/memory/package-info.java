/** A room that keeps everything in memory, for tests. */
@NullMarked
package io.evenkeel.probe.memory;

import org.jspecify.annotations.NullMarked;
