package io.evenkeel.api.v1alpha1;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an absent field becomes: the records of this API hold no null lists, and no null where the
 * API has a default.
 */
final class Values {
  private Values() {}

  static <T> List<T> copy(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  /** Keeps the order, so that what was read is written back as it was. */
  static <V> Map<String, V> copy(@Nullable Map<String, V> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  static <T> T or(@Nullable T value, T byDefault) {
    return value == null ? byDefault : value;
  }
}
