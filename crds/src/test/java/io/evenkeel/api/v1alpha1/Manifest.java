package io.evenkeel.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** A committed custom resource definition, as the tests look at it. */
record Manifest(CustomResourceDefinition crd) {
  static final List<String> NAMES =
      List.of("balancerclasses.evenkeel.io", "balancedbackendpools.evenkeel.io");

  static Stream<Manifest> all() {
    return NAMES.stream().map(Manifest::of);
  }

  static Manifest of(String name) {
    String path = "/META-INF/fabric8/" + name + "-v1.yml";
    try (InputStream in = Manifest.class.getResourceAsStream(path)) {
      return new Manifest(
          Serialization.unmarshal(
              Objects.requireNonNull(in, path), CustomResourceDefinition.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Manifest ofKind(String kind) {
    return all()
        .filter(manifest -> manifest.crd.getSpec().getNames().getKind().equals(kind))
        .findFirst()
        .orElseThrow();
  }

  /** The objects that the API server must accept. */
  static List<Path> validObjects() {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/validation/valid"))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JSONSchemaProps root() {
    return crd.getSpec().getVersions().get(0).getSchema().getOpenAPIV3Schema();
  }

  JSONSchemaProps spec() {
    return child(root(), "spec");
  }

  JSONSchemaProps status() {
    return child(root(), "status");
  }

  /**
   * Visits every property and every kind of list item with its path, the root as the empty path.
   */
  void visit(BiConsumer<String, JSONSchemaProps> visitor) {
    visit("", root(), visitor);
  }

  private static void visit(
      String path, JSONSchemaProps schema, BiConsumer<String, JSONSchemaProps> visitor) {
    visitor.accept(path, schema);
    properties(schema).forEach((name, child) -> visit(path + "." + name, child, visitor));
    if (schema.getItems() != null) {
      visit(path + "[]", schema.getItems().getSchema(), visitor);
    }
    if (schema.getAdditionalProperties() != null) {
      visit(path + "{}", schema.getAdditionalProperties().getSchema(), visitor);
    }
  }

  static Map<String, JSONSchemaProps> properties(JSONSchemaProps schema) {
    return schema.getProperties() == null ? Map.of() : schema.getProperties();
  }

  /** The property of that name, which must be there. */
  static JSONSchemaProps child(JSONSchemaProps schema, String name) {
    return Objects.requireNonNull(properties(schema).get(name), name);
  }

  static List<String> required(JSONSchemaProps schema) {
    return schema.getRequired() == null ? List.of() : schema.getRequired();
  }

  /**
   * What the API server makes of a value: absent fields get their defaults, then the defaults
   * theirs.
   */
  static JsonNode withDefaults(JSONSchemaProps schema, JsonNode value) {
    JsonNode copy = value.deepCopy();
    fill(schema, copy);
    return copy;
  }

  private static void fill(JSONSchemaProps schema, JsonNode value) {
    if (value instanceof ObjectNode object) {
      properties(schema)
          .forEach((name, child) -> {
            if (!object.has(name) && child.getDefault() != null) {
              object.set(name, child.getDefault().deepCopy());
            }
            if (object.has(name)) {
              fill(child, object.get(name));
            }
          });
    } else if (value.isArray()) {
      value.forEach(item -> fill(schema.getItems().getSchema(), item));
    }
  }
}
