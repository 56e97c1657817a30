/** Exact shares and distributions: fractions, never floating point. */
@NullMarked
package io.evenkeel.core.share;

import org.jspecify.annotations.NullMarked;
