/** From shares to a provider's weights, and back to what those weights really do. */
@NullMarked
package io.evenkeel.core.plan;

import org.jspecify.annotations.NullMarked;
