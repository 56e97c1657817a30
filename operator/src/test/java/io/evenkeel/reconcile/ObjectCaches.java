package io.evenkeel.reconcile;

import io.evenkeel.provider.ProviderRoom.Caches;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Caches that hold what a test puts in. */
final class ObjectCaches implements Caches {
  private final Map<String, HasMetadata> objects = new LinkedHashMap<>();

  private static String key(Class<?> type, String namespace, String name) {
    return type.getSimpleName() + " " + namespace + "/" + name;
  }

  void put(HasMetadata object) {
    String namespace = Objects.requireNonNullElse(object.getMetadata().getNamespace(), "");
    objects.put(key(object.getClass(), namespace, object.getMetadata().getName()), object);
  }

  void remove(Class<? extends HasMetadata> type, String namespace, String name) {
    objects.remove(key(type, namespace, name));
  }

  @Override
  public <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name) {
    return Optional.ofNullable(objects.get(key(type, namespace, name))).map(type::cast);
  }

  @Override
  public <T extends HasMetadata> Stream<T> all(Class<T> type) {
    return objects.values().stream().filter(type::isInstance).map(type::cast);
  }
}
