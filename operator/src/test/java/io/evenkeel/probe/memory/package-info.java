/** Reads what the memory room wrote, for tests. */
@NullMarked
package io.evenkeel.probe.memory;

import org.jspecify.annotations.NullMarked;
