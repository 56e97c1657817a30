package io.evenkeel.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a manifest must have so that objects stay bounded, mergeable and explained. */
class CrdRulesTest {
  private static final String MANIFESTS = "io.evenkeel.api.v1alpha1.Manifest#all";
  private static final Set<String> GIVEN = Set.of("", ".metadata");

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyStringIsBounded(Manifest manifest) {
    manifest.visit((path, schema) -> {
      if ("string".equals(schema.getType()) && schema.getEnum() == null) {
        assertThat(schema.getMaxLength()).as("%s: maxLength", path).isPositive();
      }
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyListIsBoundedAndSaysHowItMerges(Manifest manifest) {
    manifest.visit((path, schema) -> {
      if ("array".equals(schema.getType())) {
        assertThat(schema.getMaxItems()).as("%s: maxItems", path).isPositive();
        assertThat(schema.getXKubernetesListType())
            .as("%s: x-kubernetes-list-type", path)
            .isIn("map", "set", "atomic");
      }
      if (schema.getAdditionalProperties() != null) {
        assertThat(schema.getMaxProperties()).as("%s: maxProperties", path).isPositive();
      }
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyNumberIsBoundedBelow(Manifest manifest) {
    manifest.visit((path, schema) -> {
      if ("integer".equals(schema.getType())) {
        assertThat(schema.getMinimum()).as("%s: minimum", path).isNotNull();
        assertThat(schema.getFormat()).as("%s: format", path).isIn("int32", "int64");
        assertThat(schema.getMaximum() != null || "int64".equals(schema.getFormat()))
            .as("%s: maximum", path)
            .isTrue();
      }
      assertThat(schema.getType()).as("%s: no floating point", path).isNotEqualTo("number");
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void conditionsAreAMapByType(Manifest manifest) {
    JSONSchemaProps conditions = Manifest.child(manifest.status(), "conditions");
    assertThat(conditions.getXKubernetesListType()).isEqualTo("map");
    assertThat(conditions.getXKubernetesListMapKeys()).containsExactly("type");
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyFieldOfStatusIsOptional(Manifest manifest) {
    assertThat(Manifest.required(manifest.root())).containsExactly("spec");
    manifest.visit((path, schema) -> {
      if (path.startsWith(".status") && !path.startsWith(".status.conditions")) {
        List<String> keys =
            path.endsWith("[]")
                ? keysOf(manifest, path.substring(0, path.length() - 2))
                : List.of();
        assertThat(Manifest.required(schema)).as("%s: required", path).isEqualTo(keys);
      }
      if (path.startsWith(".status")) {
        assertThat(schema.getXKubernetesValidations()).as("%s: no rules", path).isNullOrEmpty();
      }
    });
  }

  private static List<String> keysOf(Manifest manifest, String listPath) {
    JSONSchemaProps schema = manifest.root();
    for (String name : listPath.substring(1).split("\\.")) {
      schema = Manifest.child(schema, name);
    }
    return schema.getXKubernetesListMapKeys();
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyFieldIsExplained(Manifest manifest) {
    manifest.visit((path, schema) -> {
      boolean item = path.endsWith("[]") || path.endsWith("{}");
      if (GIVEN.contains(path) || (item && !"object".equals(schema.getType()))) {
        return;
      }
      assertThat(schema.getDescription())
          .as("%s: description", path)
          .isNotNull()
          .hasSizeGreaterThanOrEqualTo(15)
          .endsWith(".")
          .doesNotContain("\n");
      assertThat(
              Character.isLowerCase(schema.getDescription().charAt(0))
                  && !schema.getDescription().startsWith("metadata"))
          .as("%s: starts with a capital", path)
          .isFalse();
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyDefaultIsTold(Manifest manifest) {
    manifest.visit((path, schema) -> {
      if (schema.getDefault() != null && schema.getDefault().isValueNode()) {
        assertThat(schema.getDescription())
            .as("%s: names its default", path)
            .containsPattern("(?i)default");
        assertThat(schema.getDescription())
            .as("%s: names its default", path)
            .contains(schema.getDefault().asText());
      }
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyLimitIsTold(Manifest manifest) {
    manifest.visit((path, schema) -> {
      if (!path.startsWith(".spec") || schema.getDescription() == null) {
        return;
      }
      List<String> limits = new ArrayList<>();
      if (schema.getMinimum() != null) {
        limits.add(String.valueOf(schema.getMinimum().longValue()));
      }
      if (schema.getMaximum() != null) {
        limits.add(String.valueOf(schema.getMaximum().longValue()));
      }
      if (schema.getMaxItems() != null) {
        limits.add(schema.getMaxItems().toString());
      }
      if (schema.getEnum() != null) {
        schema.getEnum().forEach(value -> limits.add(value.asText()));
      }
      assertThat(limits)
          .as("%s: limits that its description must tell", path)
          .allMatch(limit -> schema.getDescription().contains(limit));
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void everyRuleSaysWhatToDoInstead(Manifest manifest) {
    manifest.visit((path, schema) -> {
      if (schema.getXKubernetesValidations() == null) {
        return;
      }
      schema
          .getXKubernetesValidations()
          .forEach(rule ->
              assertThat(rule.getMessage())
                  .as("%s: %s", path, rule.getRule())
                  .isNotNull()
                  .doesNotContain("\n")
                  .matches("[A-Z].*\\.")
                  .containsPattern("(?i)\\b(give|set|write|remove|keep|create|put|need|reach)\\b")
                  .hasSizeLessThan(400));
    });
  }

  @ParameterizedTest
  @MethodSource(MANIFESTS)
  void columnsLeadToFields(Manifest manifest) {
    CustomResourceDefinitionVersion version = manifest.crd().getSpec().getVersions().get(0);
    assertThat(version.getSubresources().getStatus()).isNotNull();
    assertThat(version.getAdditionalPrinterColumns())
        .allSatisfy(column -> {
          if (column.getJsonPath().startsWith(".metadata")) {
            return;
          }
          JSONSchemaProps schema = manifest.root();
          String path = column.getJsonPath().replaceAll("\\[\\?\\(.*?\\)]", "");
          for (String name : path.substring(1).split("\\.")) {
            JSONSchemaProps next = Manifest.child(schema, name);
            schema = "array".equals(next.getType()) ? next.getItems().getSchema() : next;
          }
          String type = "date".equals(column.getType()) ? "string" : column.getType();
          assertThat(schema.getType()).as(column.getName()).isEqualTo(type);
          assertThat(column.getDescription()).as(column.getName()).endsWith(".");
        });
  }
}
