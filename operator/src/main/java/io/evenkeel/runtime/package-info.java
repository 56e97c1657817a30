/** The process: configuration, wiring, leadership, health, metrics, logs. */
@NullMarked
package io.evenkeel.runtime;

import org.jspecify.annotations.NullMarked;
