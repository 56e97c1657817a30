/** The loop: gather, decide, act, write status; and what feeds it. */
@NullMarked
package io.evenkeel.reconcile;

import org.jspecify.annotations.NullMarked;
