/** Declares a distribution by the weights of HTTPRoutes and GRPCRoutes. */
@NullMarked
package io.evenkeel.provider.gatewayapi;

import org.jspecify.annotations.NullMarked;
