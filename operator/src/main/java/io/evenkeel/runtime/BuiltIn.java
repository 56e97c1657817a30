package io.evenkeel.runtime;

import io.evenkeel.probe.envoy.EnvoyProbe;
import io.evenkeel.probe.haproxy.HaproxyProbe;
import io.evenkeel.provider.gatewayapi.GatewayApiRoom;
import io.evenkeel.provider.haproxy.HaproxyRoom;
import io.evenkeel.reconcile.Registry;
import java.time.InstantSource;
import java.util.List;

/** The rooms of this build: one line for each. */
public final class BuiltIn {
  private BuiltIn() {}

  public static Registry rooms(InstantSource clock) {
    return new Registry(
        List.of(new GatewayApiRoom(), new HaproxyRoom()),
        List.of(new EnvoyProbe(clock), new HaproxyProbe(clock)));
  }
}
