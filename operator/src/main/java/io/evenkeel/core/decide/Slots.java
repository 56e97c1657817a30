package io.evenkeel.core.decide;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which address of a proxy stands for which endpoint or backend. Endpoints that share an address
 * are one slot: the split between them cannot be seen, their total can.
 */
final class Slots {
  private final SortedMap<EndpointId, EndpointId> slotOf = new TreeMap<>();
  private final SortedMap<Address, EndpointId> endpointAt = new TreeMap<>();
  private final SortedMap<Address, String> backendAt = new TreeMap<>();
  private final Set<EndpointId> shared = new TreeSet<>();
  private final Set<EndpointId> wantedIds = new TreeSet<>();

  Slots(Iterable<Backend> backends) {
    for (Backend backend : backends) {
      backend.readyEndpoints().forEach(endpoint -> wantedIds.add(endpoint.id()));
      if (backend instanceof Backend.Resolved resolved) {
        resolved.serviceAddresses().forEach(at -> backendAt.put(at, resolved.name()));
        resolved.endpoints().forEach(this::add);
      }
    }
  }

  private void add(Endpoint endpoint) {
    slotOf.put(endpoint.id(), endpoint.id());
    for (Address address : endpoint.addresses()) {
      EndpointId other = endpointAt.putIfAbsent(address, endpoint.id());
      if (other != null && !other.equals(endpoint.id())) {
        shared.add(other);
        shared.add(endpoint.id());
        EndpointId from = slot(endpoint.id());
        EndpointId to = slot(other);
        slotOf.replaceAll((id, slot) -> slot.equals(from) ? to : slot);
      }
    }
  }

  private EndpointId slot(EndpointId id) {
    return slotOf.getOrDefault(id, id);
  }

  /** Endpoints of which only a total can be seen. */
  Set<EndpointId> shared() {
    return shared;
  }

  /** The endpoint at an address, if it is one of the pool's and not shared. */
  Optional<EndpointId> endpointAt(Address address) {
    return Optional.ofNullable(endpointAt.get(address)).filter(id -> !shared.contains(id));
  }

  /** The backend behind an address, if that is certain. */
  Optional<String> backendAt(Address address) {
    return endpointAt(address)
        .map(EndpointId::backend)
        .or(() -> Optional.ofNullable(backendAt.get(address)));
  }

  /**
   * One reading beside its reference, both over the same slots.
   *
   * @param perBackend the proxy routes to services: slots are backends
   * @param mixed it routes to pods of the pool as well
   * @param want what the slots should get
   * @param got what they get; strangers, drained and unready endpoints are left out of both and the
   *     rest fills the whole
   * @param missing slots that should get something and that the proxy does not have
   * @param strangers addresses that get something and belong to nobody, or have to leave
   */
  record Seen(
      boolean perBackend,
      boolean mixed,
      Distribution<EndpointId> want,
      Distribution<EndpointId> got,
      SortedSet<EndpointId> missing,
      SortedSet<Address> strangers) {
    /**
     * Over the slots that are on both sides only, so that a missing slot is not also a wrong
     * weight.
     */
    Share weightDeviation() {
      Distribution<EndpointId> wantPresent = without(want, missing);
      return got.isNone() || wantPresent.isNone() ? Share.ZERO : got.deviationFrom(wantPresent);
    }

    /** Where the rule has backends of others, they get something rightly. */
    Seen withoutStrangers() {
      return new Seen(perBackend, mixed, want, got, missing, new TreeSet<>());
    }

    boolean membershipDiffers() {
      return !missing.isEmpty() || !strangers.isEmpty() || got.isNone();
    }
  }

  /**
   * @param configured by address, as the proxy says
   * @param reference what each endpoint should get
   * @param ignored addresses that are left out on both sides (drained by somebody)
   * @param reach an endpoint that is not ready has to leave where members are Evenkeel's; elsewhere
   *     it is left out, for its proxy excludes it by health
   */
  Seen see(
      Distribution<Address> configured,
      Distribution<EndpointId> reference,
      Set<Address> ignored,
      Reach reach) {
    boolean perBackend =
        configured.shares().entrySet().stream()
            .anyMatch(share ->
                !share.getValue().isZero()
                    && backendAt.containsKey(share.getKey())
                    && !endpointAt.containsKey(share.getKey()));
    boolean mixed =
        perBackend
            && configured.shares().entrySet().stream()
                .anyMatch(
                    share -> !share.getValue().isZero() && endpointAt.containsKey(share.getKey()));
    SortedMap<EndpointId, Share> got = new TreeMap<>();
    SortedSet<Address> strangers = new TreeSet<>();
    SortedSet<EndpointId> left = new TreeSet<>();
    configured
        .shares()
        .forEach((address, share) -> {
          Optional<EndpointId> slot = slotAt(address, perBackend);
          if (ignored.contains(address)) {
            slot.ifPresent(left::add);
          } else if (slot.isPresent()) {
            if (perBackend || wanted(slot.get())) {
              got.merge(slot.get(), share, Share::plus);
            } else if (reach == Reach.MEMBERS && !share.isZero()) {
              strangers.add(address);
            }
          } else if (!share.isZero()) {
            strangers.add(address);
          }
        });
    SortedMap<EndpointId, Share> want = new TreeMap<>();
    reference
        .shares()
        .forEach((id, share) ->
            want.merge(perBackend ? backendSlot(id.backend()) : slot(id), share, Share::plus));
    left.forEach(want::remove);
    left.forEach(got::remove);
    SortedSet<EndpointId> missing = new TreeSet<>();
    want.forEach((slot, share) -> {
      if (!share.isZero() && !got.containsKey(slot)) {
        missing.add(slot);
      }
    });
    return new Seen(
        perBackend,
        mixed,
        Distribution.ofWeights(want),
        Distribution.ofWeights(got),
        missing,
        strangers);
  }

  private Optional<EndpointId> slotAt(Address address, boolean perBackend) {
    Optional<EndpointId> endpoint = Optional.ofNullable(endpointAt.get(address));
    return perBackend
        ? Optional.ofNullable(backendAt.get(address))
            .or(() -> endpoint.map(EndpointId::backend))
            .map(Slots::backendSlot)
        : endpoint.map(this::slot);
  }

  /** A slot counts when one of its endpoints is ready. */
  private boolean wanted(EndpointId slot) {
    return wantedIds.stream().anyMatch(id -> slot(id).equals(slot));
  }

  private static EndpointId backendSlot(String backend) {
    return new EndpointId(backend, "", 0);
  }

  /** For people: the backend, and the endpoint where the slot is one. */
  static String name(EndpointId slot) {
    return slot.identity().isEmpty()
        ? slot.backend()
        : slot.backend() + "/" + slot.identity() + ":" + slot.port();
  }

  private static Distribution<EndpointId> without(
      Distribution<EndpointId> shares, Set<EndpointId> slots) {
    Map<EndpointId, Share> rest = new TreeMap<>(shares.shares());
    rest.keySet().removeAll(slots);
    return Distribution.ofWeights(rest);
  }
}
