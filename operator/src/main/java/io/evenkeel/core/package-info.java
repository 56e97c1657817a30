/**
 * What Evenkeel decides, and nothing else: shares, the planner, the ladder, the decision. Pure
 * values and functions; imports {@code java.*} and itself only, reads no clock and no randomness.
 */
@NullMarked
package io.evenkeel.core;

import org.jspecify.annotations.NullMarked;
