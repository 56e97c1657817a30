package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.WellKnown;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer of a status: server-side apply with the object's resourceVersion, and only when
 * something differs. Failing here never keeps a route from being corrected.
 */
public final class StatusWriter<S, T extends CustomResource<?, S>> {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(WellKnown.FIELD_MANAGER)
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final Supplier<T> make;

  /** What was written last, until the cache shows it. */
  private record Written<T>(String basedOn, T result) {}

  private final Map<String, Written<T>> written = new ConcurrentHashMap<>();

  /**
   * @param make an empty object of the kind
   */
  public StatusWriter(KubernetesClient client, Supplier<T> make) {
    this.client = client;
    this.make = make;
  }

  /**
   * The object as it is after our own last status write, even while the cache does not know of it
   * yet.
   */
  public T latest(T cached) {
    Written<T> own = written.get(cached.getMetadata().getUid());
    if (own == null) {
      return cached;
    }
    if (own.basedOn().equals(cached.getMetadata().getResourceVersion())) {
      return own.result();
    }
    written.remove(cached.getMetadata().getUid(), own);
    return cached;
  }

  /**
   * @return false when it has to be tried again
   */
  public boolean write(T cached, S status) {
    T latest = latest(cached);
    if (status.equals(latest.getStatus())) {
      return true;
    }
    T body = make.get();
    body.getMetadata().setNamespace(cached.getMetadata().getNamespace());
    body.getMetadata().setName(cached.getMetadata().getName());
    body.getMetadata().setResourceVersion(latest.getMetadata().getResourceVersion());
    body.setStatus(status);
    try {
      T result = client.resource(body).subresource("status").patch(APPLY, body);
      written.put(
          cached.getMetadata().getUid(),
          new Written<>(Objects.requireNonNull(cached.getMetadata().getResourceVersion()), result));
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return true;
      }
      if (e.getCode() != 409) {
        LOG.warn(
            "status not written kind={} namespace={} name={} why={}",
            cached.getKind(),
            cached.getMetadata().getNamespace(),
            cached.getMetadata().getName(),
            e.getMessage());
      }
      return false;
    }
  }

  public void forget(String uid) {
    written.remove(uid);
  }
}
