package io.evenkeel.api.v1alpha1;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an absent field becomes: the records of this API hold no null lists, and no null where the
 * API has a default. And what a text becomes that is longer than the API allows.
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

  /**
   * Cut to what the definition allows, in characters as the API server counts them: a status that
   * is refused for one long sentence tells nothing at all.
   */
  static String cut(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }

  static @Nullable String cutIfPresent(@Nullable String text, int most) {
    return text == null ? null : cut(text, most);
  }

  static <T> T or(@Nullable T value, T byDefault) {
    return value == null ? byDefault : value;
  }
}
