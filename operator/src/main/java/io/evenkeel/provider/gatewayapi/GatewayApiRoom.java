package io.evenkeel.provider.gatewayapi;

import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.util.List;

/**
 * Weights of HTTPRoutes and GRPCRoutes: of a route that Evenkeel generates, or of rules that a pool
 * adopts.
 */
public final class GatewayApiRoom implements ProviderRoom {
  static final String NAME = "GatewayAPI";

  @Override
  public String name() {
    return NAME;
  }

  /** Managed fields of the routes must stay in the cache: they say who wrote what. */
  @Override
  public List<Watched> watches() {
    return List.of(
        new Watched(HTTPRoute.class, true),
        new Watched(Gateway.class, true),
        new Watched(GatewayClass.class, false),
        new Watched(GRPCRoute.class, false),
        new Watched(ReferenceGrant.class, false));
  }

  /** Asks the API server once whether it serves GRPCRoutes. */
  @Override
  public Provider open(Context context) {
    return new GatewayApiProvider(context, context.client().supports(GRPCRoute.class));
  }
}
