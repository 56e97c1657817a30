package io.evenkeel.reconcile;

import io.evenkeel.probe.Probe;
import io.evenkeel.provider.ProviderRoom;
import java.util.List;

/** The rooms of this build: one line for each. */
public record Registry(List<ProviderRoom> providers, List<Probe> probes) {
  public Registry {
    providers = List.copyOf(providers);
    probes = List.copyOf(probes);
  }
}
