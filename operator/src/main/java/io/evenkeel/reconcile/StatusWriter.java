package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.WellKnown;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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

  private record Failure(int before, int code) {}

  private final Map<String, Failure> failing = new ConcurrentHashMap<>();

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
   * @return when it has to be tried again, if so: later and later while it keeps failing
   */
  public Optional<Duration> write(T cached, S status) {
    String uid = cached.getMetadata().getUid();
    T latest = latest(cached);
    if (status.equals(latest.getStatus())) {
      failing.remove(uid);
      return Optional.empty();
    }
    T body = make.get();
    body.getMetadata().setNamespace(cached.getMetadata().getNamespace());
    body.getMetadata().setName(cached.getMetadata().getName());
    body.getMetadata().setResourceVersion(latest.getMetadata().getResourceVersion());
    body.setStatus(status);
    try {
      T result = client.resource(body).subresource("status").patch(APPLY, body);
      written.put(
          uid,
          new Written<>(Objects.requireNonNull(cached.getMetadata().getResourceVersion()), result));
      failing.remove(uid);
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        forget(uid);
        return Optional.empty();
      }
      Failure last = failing.get(uid);
      int before = last == null ? 0 : last.before() + 1;
      failing.put(uid, new Failure(before, e.getCode()));
      if (e.getCode() != 409 && (last == null || last.code() != e.getCode())) {
        LOG.warn(
            "status not written kind={} namespace={} name={} why={}",
            cached.getKind(),
            cached.getMetadata().getNamespace(),
            cached.getMetadata().getName(),
            e.getMessage());
      }
      return Optional.of(Duration.ofMillis(WorkQueue.backoff(before)));
    }
  }

  public void forget(String uid) {
    written.remove(uid);
    failing.remove(uid);
  }
}
