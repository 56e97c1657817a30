package io.evenkeel.provider;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A room as the registry knows it: what it needs before it can open, and how to open it. */
public interface ProviderRoom {
  /** The name in {@code spec.provider} of a class. */
  String name();

  /**
   * The kinds it reads. When the API server does not serve one of the required ones the room stays
   * closed.
   */
  List<Watched> watches();

  Provider open(Context context);

  /**
   * @param required without it the room stays closed; otherwise it works without
   */
  record Watched(Class<? extends HasMetadata> type, boolean required) {}

  /** What a room may use. */
  interface Context {
    KubernetesClient client();

    Caches caches();

    /** How to reach the proxy replicas that {@code Program} writes name. */
    Replicas replicas();

    InstantSource clock();

    /** The operator's own namespace, where Secrets named by classes live. */
    String operatorNamespace();

    /**
     * Monotonic check that this process may still write: false once the lease deadline has passed.
     */
    boolean mayWrite();
  }

  /** Read-only views of watched objects. What they hand out is shared and must not be changed. */
  interface Caches {
    <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name);

    /** All objects of a kind, in all watched namespaces. */
    <T extends HasMetadata> Stream<T> all(Class<T> type);
  }
}
