package io.evenkeel.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whatever sentence is put into a status fits into what the definition allows. */
class StatusLimitsTest {
  /** Longer than every limit, and of characters that are two each in Java. */
  private static final String LONG = "\uD83D\uDEB2".repeat(5000);

  /** Names of objects, or of fields of them: the API server has bounded them before. */
  private static final Set<String> NAMES = Set.of("balancerClassName", "fleet", "type", "reason");

  /** Made of numbers. */
  private static final Set<String> COUNTS = Set.of("backendsReady", "live");

  @TestFactory
  List<DynamicTest> everyText() {
    List<DynamicTest> tests = new ArrayList<>();
    collect("BalancerClass", BalancerClassStatus.class, tests);
    collect("BalancedBackendPool", BalancedBackendPoolStatus.class, tests);
    assertThat(tests).hasSizeGreaterThan(10);
    return tests;
  }

  private static void collect(String kind, Class<?> status, List<DynamicTest> tests) {
    JSONSchemaProps schema = Manifest.ofKind(kind).root().getProperties().get("status");
    collect(kind + ".status", status, Objects.requireNonNull(schema), tests);
  }

  private static void collect(
      String path, Class<?> type, JSONSchemaProps schema, List<DynamicTest> tests) {
    for (RecordComponent component : type.getRecordComponents()) {
      String name = component.getName();
      JSONSchemaProps property = Objects.requireNonNull(schema.getProperties().get(name), name);
      if (component.getType() == String.class
          && !NAMES.contains(name)
          && !COUNTS.contains(name)
          && !(name.equals("name") && property.getMaxLength() == 63)) {
        tests.add(
            DynamicTest.dynamicTest(
                path + "." + name, () -> fits(type, component, property.getMaxLength())));
      } else if (component.getType().isRecord() && "object".equals(property.getType())) {
        collect(path + "." + name, component.getType(), property, tests);
      } else if (component.getGenericType() instanceof ParameterizedType list
          && list.getActualTypeArguments()[0] instanceof Class<?> element
          && element.isRecord()) {
        collect(path + "." + name, element, property.getItems().getSchema(), tests);
      }
    }
  }

  private static void fits(Class<?> type, RecordComponent component, long limit) throws Exception {
    RecordComponent[] all = type.getRecordComponents();
    Constructor<?> constructor =
        type.getDeclaredConstructor(
            Arrays.stream(all).map(RecordComponent::getType).toArray(Class<?>[]::new));
    Object made =
        constructor.newInstance(
            Arrays.stream(all)
                .map(c -> c.getType() == String.class ? LONG : null)
                .toArray(Object[]::new));
    String text = (String) component.getAccessor().invoke(made);
    assertThat(text.codePointCount(0, text.length())).isEqualTo((int) limit);
    assertThat(text).endsWith("…").startsWith(LONG.substring(0, 100));
  }
}
