package io.evenkeel.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.evenkeel.api.v1alpha1.Reasons;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every reason that a user can meet is in {@link Reasons} and is explained in docs/api.md. The core
 * and the probes may not import the API, so what they write is found in their sources: whatever is
 * written as a reason is, {@code "InCamelCase"}, and is no word of somebody else's.
 */
class ReasonsTest {
  private static final Path SOURCES = Path.of("src/main/java/io/evenkeel");
  private static final Pattern CAMEL = Pattern.compile("\"([A-Z][a-z]+[A-Za-z]*)\"");
  private static final Pattern CONSTANT = Pattern.compile("\\bReasons\\.([A-Z_]+)\\b");
  private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `([A-Za-z]+)` \\| \\S");

  /** Kinds, fields and values of Kubernetes, of Envoy, of HAProxy; names; actions of events. */
  private static final Set<String> OTHERS =
      Set.of(
          "BalancedBackendPool",
          "Canary",
          "ClientSideWeightedRoundRobin",
          "DnsCluster",
          "Envoy",
          "Exact",
          "ExternalName",
          "False",
          "Flagger",
          "Gateway",
          "GatewayAPI",
          "GatewayClass",
          "Helm",
          "Judged",
          "LeastRequest",
          "Maglev",
          "Name",
          "Namespace",
          "None",
          "Normal",
          "OverrideHost",
          "PartiallyInvalid",
          "PathPrefix",
          "Pid",
          "Pod",
          "Random",
          "RegularExpression",
          "RingHash",
          "RoundRobin",
          "RouteMatcher",
          "Service",
          "Subset",
          "True",
          "Version",
          "Warning");

  /** Also reasons, but written as conditions of somebody else's or as actions of events. */
  private static final Set<String> AMBIGUOUS = Set.of("Accepted", "Ready", "Corrected", "Released");

  private static SortedMap<String, String> constants(Class<?> type) {
    SortedMap<String, String> constants = new TreeMap<>();
    for (Field field : type.getFields()) {
      try {
        constants.put(field.getName(), (String) field.get(null));
      } catch (IllegalAccessException impossible) {
        throw new AssertionError(impossible);
      }
    }
    return constants;
  }

  private static Set<String> found(Pattern pattern, String... packages) throws IOException {
    Set<String> found = new TreeSet<>();
    for (String name : packages) {
      try (Stream<Path> files = Files.walk(SOURCES.resolve(name))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          found.addAll(all(pattern, Files.readString(file)));
        }
      }
    }
    return found;
  }

  private static Collection<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  @Test
  void whatIsWrittenAsAReasonIsOne() throws IOException {
    Set<String> known = new TreeSet<>(OTHERS);
    known.addAll(constants(Reasons.class).values());
    known.addAll(constants(ConditionTypes.class).values());
    assertThat(known).containsAll(found(CAMEL, "core", "probe", "provider", "reconcile", "wire"));
  }

  @Test
  void noWordIsCalledSomebodyElsesInVain() throws IOException {
    assertThat(found(CAMEL, "core", "probe", "provider", "reconcile", "wire")).containsAll(OTHERS);
    assertThat(constants(Reasons.class).values()).doesNotContainAnyElementsOf(OTHERS);
  }

  @Test
  void whoMayImportThemUsesTheConstants() throws IOException {
    assertThat(found(CAMEL, "provider", "reconcile").stream().filter(w -> !AMBIGUOUS.contains(w)))
        .doesNotContainAnyElementsOf(constants(Reasons.class).values());
  }

  @Test
  void everyReasonIsGivenBySomebody() throws IOException {
    SortedMap<String, String> constants = constants(Reasons.class);
    Set<String> given = found(CAMEL, "core", "probe");
    found(CONSTANT, "provider", "reconcile").forEach(name -> given.add(constants.get(name)));
    assertThat(given).containsAll(constants.values());
  }

  @Test
  void everyReasonIsThereOnceUnderItsOwnName() {
    SortedMap<String, String> constants = constants(Reasons.class);
    assertThat(constants.values()).doesNotHaveDuplicates();
    assertThat(constants)
        .allSatisfy(
            (name, reason) -> assertThat(name.replace("_", "")).isEqualToIgnoringCase(reason));
  }

  @Test
  void everyReasonIsExplainedToUsersOnce() throws IOException {
    String text = Files.readString(Path.of("../docs/api.md"));
    String reasons = text.substring(text.indexOf("\n## Reasons\n"));
    assertThat(all(DOCUMENTED, reasons))
        .containsExactlyInAnyOrderElementsOf(constants(Reasons.class).values());
  }

  @Test
  void everyTypeOfConditionIsInTheApi() throws IOException {
    String text = Files.readString(SOURCES.resolve("core/decide/Conditions.java"));
    Pattern type = Pattern.compile("static final String [A-Z_]+ = \"([A-Za-z]+)\";");
    assertThat(constants(ConditionTypes.class).values()).containsAll(all(type, text));
  }
}
