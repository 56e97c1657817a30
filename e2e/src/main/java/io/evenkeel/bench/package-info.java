/**
 * What Evenkeel costs and how fast it is, measured on a real API server. Speed is given as a ratio
 * to a bare watch-and-patch loop within the same run, so that the machine's speed cancels out.
 */
@NullMarked
package io.evenkeel.bench;

import org.jspecify.annotations.NullMarked;
