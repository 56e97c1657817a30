package io.evenkeel.core.decide;

import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The rungs side by side. Where a rung is not known the cell stays empty. */
final class LadderRows {
  private final Snapshot snapshot;
  private final Aim aim;
  private final Slots slots;
  private final Distribution<EndpointId> desired;
  private final Distribution<EndpointId> effective;
  private final List<Slots.Seen> live;

  private LadderRows(Snapshot snapshot, Aim aim) {
    this.snapshot = snapshot;
    this.aim = aim;
    this.slots = new Slots(snapshot.backends());
    this.desired = aim.plan().map(plan -> plan.desired()).orElse(Distribution.none());
    this.effective = aim.perEndpoint(snapshot);
    this.live =
        views(snapshot).stream()
            .map(view -> slots.see(view.configured(), desired, Set.of(), Reach.NONE))
            .filter(seen -> !(seen.got().isNone() && seen.want().isNone()))
            .toList();
  }

  static Ladder of(Snapshot snapshot, Aim aim) {
    LadderRows rows = new LadderRows(snapshot, aim);
    return new Ladder(rows.backends(), rows.endpoints(), rows.maxDeviation());
  }

  /** All requests that counted replicas have counted for addresses of the pool. */
  static long requests(Snapshot snapshot) {
    return views(snapshot).stream()
        .flatMap(view -> view.requests().values().stream())
        .mapToLong(Long::longValue)
        .sum();
  }

  private static List<LiveView> views(Snapshot snapshot) {
    return snapshot.live().stream()
        .filter(ReplicaReading::counted)
        .flatMap(replica -> replica.view().known().stream())
        .toList();
  }

  private List<Ladder.BackendRow> backends() {
    Distribution<String> wanted = desired.by(EndpointId::backend);
    Distribution<String> done = effective.by(EndpointId::backend);
    Optional<Distribution<String>> declared = DeclaredRung.shares(snapshot);
    SortedMap<String, Long> counts = new TreeMap<>();
    requestsByAddress()
        .forEach((address, count) ->
            slots.backendAt(address).ifPresent(backend -> counts.merge(backend, count, Long::sum)));
    Distribution<String> observed = Distribution.ofCounts(counts);
    List<Ladder.BackendRow> rows = new ArrayList<>();
    for (Backend backend : snapshot.backends()) {
      String name = backend.name();
      List<Share> seen = sharedBackend(name) ? List.of() : liveShares(name);
      rows.add(
          new Ladder.BackendRow(
              name,
              backend.readyEndpoints().size(),
              weight(name),
              wanted.share(name),
              done.share(name),
              declared.map(shares -> shares.share(name)),
              seen.stream().min(Comparator.naturalOrder()),
              seen.stream().max(Comparator.naturalOrder()),
              observed.isNone() || sharedBackend(name)
                  ? Optional.empty()
                  : Optional.of(observed.share(name))));
    }
    return rows;
  }

  private List<Share> liveShares(String backend) {
    return live.stream().map(seen -> seen.got().by(EndpointId::backend).share(backend)).toList();
  }

  private boolean sharedBackend(String backend) {
    return slots.shared().stream().anyMatch(id -> id.backend().equals(backend));
  }

  private Optional<Integer> weight(String backend) {
    return aim.weights().orElse(null)
            instanceof Weights.PerBackend(SortedMap<String, Integer> weights)
        ? Optional.ofNullable(weights.get(backend))
        : Optional.empty();
  }

  private List<Ladder.EndpointRow> endpoints() {
    SortedMap<EndpointId, Long> counts = new TreeMap<>();
    requestsByAddress()
        .forEach((address, count) ->
            slots
                .endpointAt(address)
                .ifPresent(endpoint -> counts.merge(endpoint, count, Long::sum)));
    Distribution<EndpointId> observed = Distribution.ofCounts(counts);
    List<Ladder.EndpointRow> rows = new ArrayList<>();
    for (Backend backend : snapshot.backends()) {
      for (Endpoint endpoint : backend.readyEndpoints()) {
        EndpointId id = endpoint.id();
        List<Share> seen =
            slots.shared().contains(id)
                ? List.of()
                : live.stream()
                    .filter(view -> !view.perBackend())
                    .map(view -> view.got().share(id))
                    .toList();
        rows.add(
            new Ladder.EndpointRow(
                id,
                endpoint.primary().toString(),
                desired.share(id),
                effective.share(id),
                seen.stream().min(Comparator.naturalOrder()),
                seen.stream().max(Comparator.naturalOrder()),
                observed.isNone() || slots.shared().contains(id)
                    ? Optional.empty()
                    : Optional.of(observed.share(id)),
                counts.getOrDefault(id, 0L)));
      }
    }
    return rows;
  }

  private SortedMap<Address, Long> requestsByAddress() {
    SortedMap<Address, Long> sums = new TreeMap<>();
    views(snapshot)
        .forEach(view ->
            view.requests().forEach((address, count) -> sums.merge(address, count, Long::sum)));
    return sums;
  }

  private Share maxDeviation() {
    if (desired.isNone()) {
      return Share.ZERO;
    }
    Optional<Share> live =
        this.live.stream()
            .map(seen -> seen.got().deviationFrom(seen.want()))
            .max(Comparator.naturalOrder());
    return live.or(() ->
            DeclaredRung.shares(snapshot)
                .map(shares -> shares.deviationFrom(desired.by(EndpointId::backend))))
        .orElseGet(() -> effective.isNone() ? Share.ZERO : effective.deviationFrom(desired));
  }
}
