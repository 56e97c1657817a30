package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.pool.PoolId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** From changed objects to the pools and classes that have to be looked at. */
public final class Triggers implements Watches.Listener {
  private final Index index;
  private final Supplier<Claims> claims;
  private final Consumer<PoolId> pools;
  private final Consumer<String> classes;
  private final Runnable fleets;

  /**
   * @param claims told of every pool at once, before any of them is worked on
   * @param fleets called when the proxies of a class may be others now
   */
  public Triggers(
      Index index,
      Supplier<Claims> claims,
      Consumer<PoolId> pools,
      Consumer<String> classes,
      Runnable fleets) {
    this.index = index;
    this.claims = claims;
    this.pools = pools;
    this.classes = classes;
    this.fleets = fleets;
  }

  @Override
  public void changed(@Nullable HasMetadata before, @Nullable HasMetadata after) {
    HasMetadata object = Objects.requireNonNull(after == null ? before : after);
    switch (object) {
      case BalancedBackendPool pool -> {
        if (before == null || after == null || matters(before, after)) {
          PoolId id = PoolIds.of(pool);
          if (after == null) {
            claims.get().forget(id);
          } else {
            claims.get().see(pool);
          }
          pools.accept(id);
          index.classOf(id).ifPresent(classes);
        }
      }
      case BalancerClass c -> {
        if (before == null || after == null || matters(before, after)) {
          classes.accept(c.getMetadata().getName());
          fleets.run();
          index.ofClass(c.getMetadata().getName()).forEach(pools);
          index.withoutClass().forEach(pools);
        }
      }
      case EndpointSlice slice -> {
        index.slice(slice, after == null);
        if (before == null || after == null || !sameEndpoints((EndpointSlice) before, slice)) {
          index.concerned(slice).forEach(pools);
        }
      }
      default -> {
        if (before == null
            || after == null
            || !Objects.equals(
                before.getMetadata().getResourceVersion(),
                after.getMetadata().getResourceVersion())) {
          index.concerned(object).forEach(pools);
        }
      }
    }
  }

  /**
   * Everything but the status: the spec by its generation, labels and annotations (a pause is one),
   * deletion.
   */
  private static boolean matters(HasMetadata before, HasMetadata after) {
    ObjectMeta a = before.getMetadata();
    ObjectMeta b = after.getMetadata();
    return !(Objects.equals(a.getGeneration(), b.getGeneration())
        && Objects.equals(a.getUid(), b.getUid())
        && Objects.equals(a.getAnnotations(), b.getAnnotations())
        && Objects.equals(a.getLabels(), b.getLabels())
        && Objects.equals(a.getFinalizers(), b.getFinalizers())
        && Objects.equals(a.getDeletionTimestamp(), b.getDeletionTimestamp()));
  }

  private static boolean sameEndpoints(EndpointSlice a, EndpointSlice b) {
    return Objects.equals(a.getEndpoints(), b.getEndpoints())
        && Objects.equals(a.getPorts(), b.getPorts())
        && Objects.equals(a.getMetadata().getLabels(), b.getMetadata().getLabels());
  }
}
