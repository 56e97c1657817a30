package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.provider.Provider.ObjectRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which pools a changed object concerns, without scanning all pools; and the slices of each
 * Service.
 */
public final class Index {
  /** The name in a reference to all objects of a kind in a namespace. */
  private static final String ANY = "*";

  private static final String SERVICE_NAME = "kubernetes.io/service-name";

  private final Map<PoolId, Set<ObjectRef>> byPool = new ConcurrentHashMap<>();
  private final Map<ObjectRef, Set<PoolId>> byObject = new ConcurrentHashMap<>();
  private final Map<String, Set<PoolId>> byClass = new ConcurrentHashMap<>();
  private final Map<PoolId, String> classOf = new ConcurrentHashMap<>();
  private final Map<ObjectRef, Map<String, EndpointSlice>> slices = new ConcurrentHashMap<>();

  /** Records what a pool depends on now. */
  public synchronized void set(
      PoolId id, Optional<String> className, BalancedBackendPool pool, Optional<Gather.Room> room) {
    Set<ObjectRef> refs = new HashSet<>();
    pool.getSpec()
        .backends()
        .forEach(b -> {
          String namespace = Objects.requireNonNullElse(b.service().namespace(), id.namespace());
          refs.add(new ObjectRef("Service", namespace, b.service().name()));
          if (!namespace.equals(id.namespace())) {
            refs.add(new ObjectRef(HasMetadata.getKind(ReferenceGrant.class), namespace, ANY));
          }
        });
    refs.add(new ObjectRef("Namespace", "", id.namespace()));
    room.ifPresent(r -> refs.addAll(r.provider().dependsOn(r.assignment())));
    replace(id, refs);
    String before = className.isEmpty() ? classOf.remove(id) : classOf.put(id, className.get());
    if (before != null && !before.equals(className.orElse(""))) {
      byClass.getOrDefault(before, Set.of()).remove(id);
    }
    className.ifPresent(
        name -> byClass.computeIfAbsent(name, n -> ConcurrentHashMap.newKeySet()).add(id));
  }

  public synchronized void forget(PoolId id) {
    replace(id, Set.of());
    byPool.remove(id);
    String className = classOf.remove(id);
    if (className != null) {
      byClass.getOrDefault(className, Set.of()).remove(id);
    }
  }

  private void replace(PoolId id, Set<ObjectRef> refs) {
    Set<ObjectRef> before = byPool.put(id, Set.copyOf(refs));
    if (refs.equals(before)) {
      return;
    }
    if (before != null) {
      before.stream()
          .filter(ref -> !refs.contains(ref))
          .forEach(ref ->
              byObject.computeIfPresent(
                  ref,
                  (r, pools) -> {
                    pools.remove(id);
                    return pools.isEmpty() ? null : pools;
                  }));
    }
    refs.forEach(ref ->
        byObject.compute(
            ref,
            (r, pools) -> {
              Set<PoolId> all = pools == null ? ConcurrentHashMap.newKeySet() : pools;
              all.add(id);
              return all;
            }));
  }

  /** The pools that an object concerns. */
  public Set<PoolId> concerned(HasMetadata object) {
    String namespace = Objects.requireNonNullElse(object.getMetadata().getNamespace(), "");
    if (object instanceof EndpointSlice slice) {
      return serviceOf(slice).map(this::of).orElse(Set.of());
    }
    Set<PoolId> pools =
        new HashSet<>(
            of(new ObjectRef(object.getKind(), namespace, object.getMetadata().getName())));
    pools.addAll(of(new ObjectRef(object.getKind(), namespace, ANY)));
    return pools;
  }

  private Set<PoolId> of(ObjectRef ref) {
    return Set.copyOf(byObject.getOrDefault(ref, Set.of()));
  }

  public Set<PoolId> ofClass(String className) {
    return Set.copyOf(byClass.getOrDefault(className, Set.of()));
  }

  /** Pools whose class is not known yet, or does not exist: any class may be theirs. */
  public Set<PoolId> withoutClass() {
    Set<PoolId> without = new HashSet<>(byPool.keySet());
    without.removeAll(classOf.keySet());
    return without;
  }

  /** The class each pool is assigned to. */
  public Optional<String> classOf(PoolId id) {
    return Optional.ofNullable(classOf.get(id));
  }

  /** Follows a slice that came, changed or went. */
  public void slice(EndpointSlice slice, boolean gone) {
    serviceOf(slice)
        .ifPresent(ref ->
            slices.compute(
                ref,
                (r, known) -> {
                  Map<String, EndpointSlice> all =
                      known == null ? new ConcurrentHashMap<>() : known;
                  if (gone) {
                    all.remove(slice.getMetadata().getName());
                  } else {
                    all.put(slice.getMetadata().getName(), slice);
                  }
                  return all.isEmpty() ? null : all;
                }));
  }

  List<EndpointSlice> slices(String namespace, String service) {
    return List.copyOf(
        slices.getOrDefault(new ObjectRef("Service", namespace, service), Map.of()).values());
  }

  private static Optional<ObjectRef> serviceOf(EndpointSlice slice) {
    return Optional.ofNullable(slice.getMetadata().getLabels())
        .map(labels -> labels.get(SERVICE_NAME))
        .map(name -> new ObjectRef("Service", slice.getMetadata().getNamespace(), name));
  }
}
