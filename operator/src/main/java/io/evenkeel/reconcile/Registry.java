package io.evenkeel.reconcile;

import io.evenkeel.probe.Probe;
import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The rooms of a build. */
public record Registry(List<ProviderRoom> providers, List<Probe> probes) {
  public Registry {
    providers = List.copyOf(providers);
    probes = List.copyOf(probes);
  }

  /** The kinds of which rooms may want to know who wrote which field. */
  public Set<Class<? extends HasMetadata>> withManagedFields() {
    return providers.stream()
        .flatMap(room -> room.watches().stream())
        .map(ProviderRoom.Watched::type)
        .collect(Collectors.toSet());
  }
}
