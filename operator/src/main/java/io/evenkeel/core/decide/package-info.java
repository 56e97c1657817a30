/** The one decision: a snapshot in, findings, corrections, conditions and notices out. */
@NullMarked
package io.evenkeel.core.decide;

import org.jspecify.annotations.NullMarked;
