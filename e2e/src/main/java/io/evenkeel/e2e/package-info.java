/** Where a JVM of the lab or of the demo begins. */
@NullMarked
package io.evenkeel.e2e;

import org.jspecify.annotations.NullMarked;
