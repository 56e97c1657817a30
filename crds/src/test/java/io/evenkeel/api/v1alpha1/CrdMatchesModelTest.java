package io.evenkeel.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionNames;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The records and the manifests say the same, both ways. */
class CrdMatchesModelTest {
  private static final Map<Class<?>, String> SCALARS =
      Map.of(
          String.class, "string",
          Integer.class, "integer int32",
          int.class, "integer int32",
          Long.class, "integer int64",
          boolean.class, "boolean",
          Instant.class, "string date-time",
          Duration.class, "string",
          Percent.class, "string");

  @Test
  void namesAreThoseOfTheClasses() {
    for (Class<? extends HasMetadata> type :
        List.of(BalancerClass.class, BalancedBackendPool.class)) {
      Manifest manifest = Manifest.of(HasMetadata.getFullResourceName(type));
      CustomResourceDefinitionNames names = manifest.crd().getSpec().getNames();
      assertThat(names.getKind()).isEqualTo(HasMetadata.getKind(type));
      assertThat(names.getPlural()).isEqualTo(HasMetadata.getPlural(type));
      assertThat(names.getSingular()).isEqualTo(HasMetadata.getSingular(type));
      assertThat(names.getCategories()).containsExactly("evenkeel");
      assertThat(manifest.crd().getSpec().getVersions().get(0).getName())
          .isEqualTo(HasMetadata.getVersion(type));
    }
    assertThat(Manifest.ofKind("BalancerClass").crd().getSpec().getScope()).isEqualTo("Cluster");
    assertThat(Manifest.ofKind("BalancedBackendPool").crd().getSpec().getScope())
        .isEqualTo("Namespaced");
    assertThat(new BalancerClass().getCRDName()).isEqualTo("balancerclasses.evenkeel.io");
  }

  @Test
  void everyFieldIsOnBothSides() {
    Manifest balancerClass = Manifest.ofKind("BalancerClass");
    Manifest pool = Manifest.ofKind("BalancedBackendPool");
    compare("class.spec", BalancerClassSpec.class, balancerClass.spec());
    compare("class.status", BalancerClassStatus.class, balancerClass.status());
    compare("pool.spec", BalancedBackendPoolSpec.class, pool.spec());
    compare("pool.status", BalancedBackendPoolStatus.class, pool.status());
  }

  private static void compare(String path, Class<?> type, JSONSchemaProps schema) {
    assertThat(schema.getType()).as(path).isEqualTo("object");
    List<RecordComponent> components = Arrays.asList(type.getRecordComponents());
    assertThat(components.stream().map(RecordComponent::getName))
        .as(path)
        .containsExactlyInAnyOrderElementsOf(Manifest.properties(schema).keySet());
    for (RecordComponent component : components) {
      String at = path + "." + component.getName();
      JSONSchemaProps property = Manifest.child(schema, component.getName());
      presence(at, component, schema, property);
      compareType(at, component.getGenericType(), property);
    }
  }

  /**
   * A component that may be null is neither required nor defaulted; any other is one of the two, or
   * empty when absent.
   */
  private static void presence(
      String at, RecordComponent component, JSONSchemaProps parent, JSONSchemaProps property) {
    boolean required = Manifest.required(parent).contains(component.getName());
    boolean defaulted = property.getDefault() != null;
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      assertThat(required).as("%s is nullable and required", at).isFalse();
      assertThat(defaulted).as("%s is nullable and has a default", at).isFalse();
    } else if (!List.class.equals(component.getType()) && !Map.class.equals(component.getType())) {
      boolean demanded =
          parent.getXKubernetesValidations() != null
              && parent.getXKubernetesValidations().stream()
                  .anyMatch(
                      rule -> rule.getRule().startsWith("has(self." + component.getName() + ")"));
      assertThat(required || defaulted || demanded)
          .as("%s is never null, so it must be required or have a default", at)
          .isTrue();
    }
  }

  private static void compareType(String at, Type type, JSONSchemaProps property) {
    if (type instanceof ParameterizedType parameterized) {
      Type[] arguments = parameterized.getActualTypeArguments();
      if (parameterized.getRawType().equals(List.class)) {
        assertThat(property.getType()).as(at).isEqualTo("array");
        compareType(at + "[]", arguments[0], property.getItems().getSchema());
      } else {
        assertThat(parameterized.getRawType()).as(at).isEqualTo(Map.class);
        assertThat(property.getType()).as(at).isEqualTo("object");
        compareType(at + "{}", arguments[1], property.getAdditionalProperties().getSchema());
      }
      return;
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isRecord() && !plain.equals(Percent.class)) {
      compare(at, plain, property);
    } else if (plain.isEnum()) {
      assertThat(property.getType()).as(at).isEqualTo("string");
      assertThat(property.getEnum().stream().map(JsonNode::asText))
          .as(at)
          .containsExactlyInAnyOrderElementsOf(
              Stream.of(plain.getEnumConstants()).map(Object::toString).toList());
    } else {
      String format = property.getFormat() == null ? "" : " " + property.getFormat();
      assertThat(property.getType() + format).as(at).isEqualTo(SCALARS.get(plain));
      if (plain.equals(Percent.class)) {
        assertThat(property.getPattern()).as(at).isEqualTo(Percent.PATTERN);
      } else if (plain.equals(Duration.class)) {
        assertThat(property.getXKubernetesValidations())
            .as(at)
            .singleElement()
            .satisfies(rule -> assertThat(rule.getRule()).contains(Durations.PATTERN));
      }
    }
  }

  /** What was left out is read as what the API server would have filled in. */
  @ParameterizedTest
  @MethodSource("io.evenkeel.api.v1alpha1.Manifest#validObjects")
  void defaultsAreTheSame(Path file) throws IOException {
    JsonNode object = Serialization.unmarshal(Files.readString(file), JsonNode.class);
    String kind = object.get("kind").asText();
    Class<?> type =
        kind.equals("BalancerClass") ? BalancerClassSpec.class : BalancedBackendPoolSpec.class;
    JsonNode spec = object.get("spec");
    JsonNode defaulted = Manifest.withDefaults(Manifest.ofKind(kind).spec(), spec);

    assertThat(read(spec, type)).isEqualTo(read(defaulted, type));
  }

  /** Nothing is lost or renamed on the way through the records. */
  @ParameterizedTest
  @MethodSource("io.evenkeel.api.v1alpha1.Manifest#validObjects")
  void specsSurviveARoundTrip(Path file) throws IOException {
    JsonNode object = Serialization.unmarshal(Files.readString(file), JsonNode.class);
    boolean isClass = object.get("kind").asText().equals("BalancerClass");
    Class<? extends CustomResource<?, ?>> type =
        isClass ? BalancerClass.class : BalancedBackendPool.class;
    CustomResource<?, ?> first = Serialization.unmarshal(Files.readString(file), type);
    CustomResource<?, ?> second = Serialization.unmarshal(Serialization.asYaml(first), type);

    assertThat(second.getSpec()).isNotNull().isEqualTo(first.getSpec());
    if (file.getFileName().toString().endsWith("all-fields.yaml")) {
      JsonNode written = Serialization.unmarshal(Serialization.asJson(first), JsonNode.class);
      assertThat(written.get("spec"))
          .isEqualTo(
              Manifest.withDefaults(
                  Manifest.ofKind(object.get("kind").asText()).spec(), object.get("spec")));
    }
  }

  private static Object read(JsonNode node, Class<?> type) {
    return Serialization.unmarshal(node.toString(), type);
  }
}
