/** Readings: what a rung of the ladder says, or why it says nothing. */
@NullMarked
package io.evenkeel.core.read;

import org.jspecify.annotations.NullMarked;
