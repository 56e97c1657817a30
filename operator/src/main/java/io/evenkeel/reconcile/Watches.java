package io.evenkeel.reconcile;

import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One informer for each kind, shared by everybody; pruned at the door. */
public final class Watches implements ProviderRoom.Caches, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  /** Told of every change, on the informer's thread: must be quick. */
  @FunctionalInterface
  public interface Listener {
    /**
     * @param before null when it was added
     * @param after null when it was deleted
     */
    void changed(
        @org.jspecify.annotations.Nullable HasMetadata before,
        @org.jspecify.annotations.Nullable HasMetadata after);
  }

  private final KubernetesClient client;
  private final Set<String> namespaces;
  private final Set<Class<? extends HasMetadata>> withManagedFields;
  private final Map<Class<?>, List<SharedIndexInformer<? extends HasMetadata>>> informers =
      new ConcurrentHashMap<>();
  private final Listener listener;

  /**
   * @param namespaces to watch; empty means all
   * @param withManagedFields the kinds of which field managers matter
   */
  public Watches(
      KubernetesClient client,
      Set<String> namespaces,
      Set<Class<? extends HasMetadata>> withManagedFields,
      Listener listener) {
    this.client = client;
    this.namespaces = Set.copyOf(namespaces);
    this.withManagedFields = Set.copyOf(withManagedFields);
    this.listener = listener;
  }

  /** Whether the API server serves a kind. */
  public boolean served(Class<? extends HasMetadata> type) {
    return client.supports(type);
  }

  /**
   * Watches a kind and waits until its cache is filled.
   *
   * @throws IllegalStateException when it cannot be listed (not served, not allowed) within a
   *     minute
   */
  public synchronized <T extends HasMetadata> void watch(Class<T> type) {
    if (informers.containsKey(type)) {
      return;
    }
    List<SharedIndexInformer<T>> made =
        namespaces.isEmpty() || !Namespaced.class.isAssignableFrom(type)
            ? List.of(client.resources(type).inAnyNamespace().runnableInformer(0))
            : namespaces.stream()
                .map(ns -> client.resources(type).inNamespace(ns).runnableInformer(0))
                .toList();
    for (SharedIndexInformer<T> informer : made) {
      informer.itemStore(new Pruned<>(!withManagedFields.contains(type)));
      informer.removeNamespaceIndex();
      informer.addEventHandler(handler());
      try {
        informer.start().toCompletableFuture().get(60, TimeUnit.SECONDS);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", stop);
      } catch (Exception e) {
        made.forEach(SharedIndexInformer::stop);
        throw new IllegalStateException(
            "cannot watch " + HasMetadata.getPlural(type) + ": " + e.getMessage(), e);
      }
    }
    informers.put(type, List.copyOf(made));
    LOG.info("watching kind={}", HasMetadata.getKind(type));
  }

  /** Whether all caches follow the API server. */
  public boolean healthy() {
    return informers.values().stream().flatMap(List::stream).allMatch(i -> i.isRunning());
  }

  @Override
  public <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name) {
    String key = namespace.isEmpty() ? name : Cache.namespaceKeyFunc(namespace, name);
    return of(type).stream()
        .map(informer -> informer.getStore().getByKey(key))
        .filter(java.util.Objects::nonNull)
        .findFirst();
  }

  @Override
  public <T extends HasMetadata> Stream<T> all(Class<T> type) {
    return of(type).stream().flatMap(informer -> informer.getStore().list().stream());
  }

  @SuppressWarnings("unchecked")
  private <T extends HasMetadata> List<SharedIndexInformer<T>> of(Class<T> type) {
    return (List<SharedIndexInformer<T>>) (List<?>) informers.getOrDefault(type, List.of());
  }

  private <T extends HasMetadata> ResourceEventHandler<T> handler() {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(T added) {
        listener.changed(null, added);
      }

      @Override
      public void onUpdate(T before, T after) {
        listener.changed(before, after);
      }

      @Override
      public void onDelete(T deleted, boolean finalStateUnknown) {
        listener.changed(deleted, null);
      }
    };
  }

  @Override
  public void close() {
    informers.values().stream().flatMap(List::stream).forEach(SharedIndexInformer::stop);
  }

  /**
   * Drops what nobody reads before it is kept: managedFields are the larger half of most objects.
   */
  private static final class Pruned<T extends HasMetadata> extends BasicItemStore<T> {
    private final boolean prune;

    Pruned(boolean prune) {
      super(Cache::metaNamespaceKeyFunc);
      this.prune = prune;
    }

    @Override
    public T put(String key, T item) {
      if (prune) {
        item.getMetadata().setManagedFields(List.of());
      }
      return super.put(key, item);
    }
  }
}
