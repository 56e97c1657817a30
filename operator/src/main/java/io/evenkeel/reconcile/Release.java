package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.api.v1alpha1.WellKnown;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom.Caches;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finalizers: nothing is written for a pool before its finalizer is there, and it goes only after
 * what was written is released.
 */
public final class Release {
  private static final Logger LOG = LoggerFactory.getLogger(Release.class);

  private final KubernetesClient client;
  private final Caches caches;
  private final Rooms rooms;
  private final Events events;
  private final BooleanSupplier mayWrite;

  public Release(
      KubernetesClient client,
      Caches caches,
      Rooms rooms,
      Events events,
      BooleanSupplier mayWrite) {
    this.client = client;
    this.caches = caches;
    this.rooms = rooms;
    this.events = events;
    this.mayWrite = mayWrite;
  }

  /**
   * Whether the finalizer is there; adds it when it is not.
   *
   * @return false when it has to be tried again
   */
  public boolean prepared(HasMetadata object) {
    List<String> finalizers = finalizers(object);
    if (finalizers.contains(WellKnown.FINALIZER)) {
      return true;
    }
    List<String> more = new ArrayList<>(finalizers);
    more.add(WellKnown.FINALIZER);
    return patch(object, more);
  }

  /** Lets an object go. */
  public boolean letGo(HasMetadata object) {
    List<String> fewer = new ArrayList<>(finalizers(object));
    return !fewer.remove(WellKnown.FINALIZER) || patch(object, fewer);
  }

  private static List<String> finalizers(HasMetadata object) {
    return Objects.requireNonNullElse(object.getMetadata().getFinalizers(), List.<String>of());
  }

  private boolean patch(HasMetadata object, List<String> finalizers) {
    if (!mayWrite.getAsBoolean()) {
      return false;
    }
    PatchContext how = PatchContext.of(PatchType.JSON_MERGE);
    how.setFieldManager(WellKnown.FIELD_MANAGER);
    // A status written meanwhile moves the resourceVersion too, so the list is guarded by the
    // object's identity and by its value.
    String body =
        Serialization.asJson(
            Map.of(
                "metadata",
                Map.of(
                    "uid", object.getMetadata().getUid(),
                    "finalizers", finalizers,
                    "resourceVersion", object.getMetadata().getResourceVersion())));
    try {
      client.resource(object).patch(how, body);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return true;
      }
      LOG.debug(
          "finalizers not written name={} why={}", object.getMetadata().getName(), e.getMessage());
      return false;
    }
  }

  /**
   * Carries out the deletion policy, then lets the pool go; also when its class is gone.
   *
   * @return false when it has to be tried again
   */
  public boolean release(BalancedBackendPool pool) {
    if (!finalizers(pool).contains(WellKnown.FINALIZER)) {
      return true;
    }
    Optional<String> name = Policy.className(pool, caches.all(BalancerClass.class));
    Optional<BalancerClass> found = name.flatMap(n -> caches.get(BalancerClass.class, "", n));
    if (!mayWrite.getAsBoolean() || found.map(c -> c.getSpec().policy().suspend()).orElse(false)) {
      return false;
    }
    Optional<String> needed = found.map(c -> c.getSpec().provider().name());
    if (rooms.anyFailing(room -> needed.isEmpty() || needed.get().equals(room))) {
      // Letting the pool go now would let the garbage collector take a route that is to stay.
      tell(
          pool,
          Decision.Notice.Severity.WARNING,
          Reasons.RELEASE_FAILED,
          "the pool stays until what it wrote can be released: "
              + needed.map(rooms::whyClosed).orElse("a provider is off"));
      return false;
    }
    List<Provider> providers =
        found.isPresent()
            ? rooms.provider(found.get().getSpec().provider().name()).stream().toList()
            : rooms.all();
    BalancerClass balancerClass = found.orElseGet(() -> stranger(name.orElse("")));
    for (Provider provider : providers) {
      Outcome outcome = provider.release(new Assignment(pool, balancerClass, List.of()));
      switch (outcome) {
        case Outcome.Failed(String message) -> {
          LOG.warn("not released pool={} why=\"{}\"", PoolIds.of(pool), message);
          tell(pool, Decision.Notice.Severity.WARNING, Reasons.RELEASE_FAILED, message);
          return false;
        }
        case Outcome.Conflict(String message) -> {
          return false;
        }
        case Outcome.Refused(String reason, String message) ->
            tell(pool, Decision.Notice.Severity.WARNING, reason, message);
        case Outcome.Applied(String what, String version) ->
            tell(pool, Decision.Notice.Severity.NORMAL, Reasons.RELEASED, what);
        case Outcome.Unchanged() -> {}
      }
    }
    return letGo(pool);
  }

  private void tell(
      BalancedBackendPool pool, Decision.Notice.Severity severity, String reason, String message) {
    events.publish(pool, new Decision.Notice(severity, reason, message), "Released");
  }

  /** Stands for a class that is gone: no parents, no proxies. */
  private static BalancerClass stranger(String name) {
    BalancerClass gone = new BalancerClass();
    gone.setMetadata(new ObjectMetaBuilder().withName(name).build());
    gone.setSpec(
        new BalancerClassSpec(
            BalancerClassSpec.Provider.GatewayAPI,
            new BalancerClassSpec.GatewayAPI(List.of()),
            null,
            null,
            BalancerClassSpec.Policy.defaults()));
    return gone;
  }
}
