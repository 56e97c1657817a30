/** The commands; {@code kubectl evenkeel} is the same program. */
@NullMarked
package io.evenkeel.cli;

import org.jspecify.annotations.NullMarked;
