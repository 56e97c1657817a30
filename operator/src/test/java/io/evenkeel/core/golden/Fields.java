package io.evenkeel.core.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A YAML map whose every key must be one that somebody reads. */
final class Fields {
  private final JsonNode node;

  Fields(JsonNode node, String... known) {
    Set<String> unknown = new TreeSet<>(names(node).toList());
    unknown.removeAll(List.of(known));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("unknown keys " + unknown + " in " + node);
    }
    this.node = node;
  }

  static Stream<String> names(JsonNode node) {
    return StreamSupport.stream(((Iterable<String>) node::fieldNames).spliterator(), false);
  }

  /** {@code over} wins; maps are merged, everything else is replaced; null takes a key away. */
  static JsonNode merge(JsonNode under, JsonNode over) {
    if (!(under instanceof ObjectNode) || !(over instanceof ObjectNode)) {
      return over;
    }
    ObjectNode merged = under.deepCopy();
    names(over)
        .forEach(name -> {
          if (over.get(name).isNull()) {
            merged.remove(name);
          } else {
            merged.set(name, merge(merged.path(name), over.get(name)));
          }
        });
    return merged;
  }

  JsonNode at(String key) {
    return node.has(key) ? node.get(key) : MissingNode.getInstance();
  }

  String text(String key, String otherwise) {
    return at(key).asText(otherwise);
  }

  int integer(String key, int otherwise) {
    return at(key).asInt(otherwise);
  }

  boolean flag(String key, boolean otherwise) {
    return at(key).asBoolean(otherwise);
  }

  <T> Optional<T> optional(String key, Function<JsonNode, T> read) {
    return node.has(key) ? Optional.of(read.apply(node.get(key))) : Optional.empty();
  }
}
