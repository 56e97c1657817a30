package io.evenkeel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real API server takes the valid objects, and refuses each invalid one with the message that its
 * first line names.
 *
 * <ul>
 *   <li>{@code valid/x.yaml} is created.
 *   <li>{@code invalid/x.yaml} is refused.
 *   <li>{@code update/x-from.yaml} is created, with its status if it has one; then {@code
 *       x-to.yaml} replaces it, or is refused.
 * </ul>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrdValidationIT {
  private static final Path CRDS = Path.of("../crds/src");
  private static final Path OBJECTS = CRDS.resolve("test/resources/validation");
  private static final String EXPECT = "# expect: ";

  private final Binaries binaries = Binaries.open();
  private final Sandbox sandbox = Sandbox.open();
  private @Nullable ControlPlane started;

  @BeforeAll
  void start() {
    ControlPlane plane = ControlPlane.start(sandbox, binaries);
    started = plane;
    Path manifests = CRDS.resolve("main/resources/META-INF/fabric8");
    plane.applyCrds(
        manifests.resolve("balancerclasses.evenkeel.io-v1.yml"),
        manifests.resolve("balancedbackendpools.evenkeel.io-v1.yml"));
  }

  @AfterAll
  void stop() {
    if (started != null) {
      started.close();
    }
    sandbox.close();
    binaries.close();
  }

  @ParameterizedTest
  @MethodSource
  void valid(Path file) {
    assertThat(expected(file)).as("a valid object expects no message").isEmpty();
    strictly(read(file), true).create();
  }

  @ParameterizedTest
  @MethodSource
  void invalid(Path file) {
    String message = expected(file).orElseThrow();
    assertThat(refusal(() -> strictly(read(file), true).create()))
        .hasValueSatisfying(refusal -> assertThat(refusal).contains(message));
  }

  @ParameterizedTest
  @MethodSource
  void update(Path from) {
    Path to = from.resolveSibling(from.getFileName().toString().replace("-from.", "-to."));
    GenericKubernetesResource before = read(from);
    try {
      strictly(before, false).create();
      if (before.get("status") != null) {
        client().resource(before).updateStatus();
      }
      Optional<String> refusal = refusal(() -> strictly(read(to), false).update());
      expected(to)
          .ifPresentOrElse(
              message ->
                  assertThat(refusal)
                      .hasValueSatisfying(text -> assertThat(text).contains(message)),
              () -> assertThat(refusal).isEmpty());
    } finally {
      client().resource(before).delete();
    }
  }

  @Test
  void theSamplesOfTheDocumentationAreValid() {
    List<GenericKubernetesResource> samples =
        Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL)
            .matcher(text(Path.of("../docs/api.md")))
            .results()
            .flatMap(block -> Stream.of(block.group(1).split("(?m)^---$")))
            .map(yaml -> Serialization.unmarshal(yaml, GenericKubernetesResource.class))
            .toList();
    assertThat(samples).hasSize(4);
    samples.forEach(sample -> strictly(sample, true).create());
  }

  @Test
  void noFileIsUnused() {
    List<Path> used =
        Stream.of(
                valid(),
                invalid(),
                update(),
                update().map(from -> Path.of(from.toString().replace("-from.yaml", "-to.yaml"))))
            .flatMap(files -> files)
            .toList();
    assertThat(list("")).containsExactlyInAnyOrderElementsOf(used);
    assertThat(used).hasSizeGreaterThan(60);
  }

  static Stream<Path> valid() {
    return list("valid").stream();
  }

  static Stream<Path> invalid() {
    return list("invalid").stream();
  }

  static Stream<Path> update() {
    return list("update").stream().filter(file -> file.toString().endsWith("-from.yaml"));
  }

  /** Unknown fields are errors, as {@code kubectl} has it. */
  private NonDeletingOperation<GenericKubernetesResource> strictly(
      GenericKubernetesResource object, boolean dryRun) {
    return client().resource(object).dryRun(dryRun).fieldValidation(Validation.STRICT);
  }

  private KubernetesClient client() {
    return Objects.requireNonNull(started).client();
  }

  private static Optional<String> refusal(Runnable request) {
    try {
      request.run();
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return Optional.of(Objects.requireNonNull(e.getMessage()));
    }
  }

  private static Optional<String> expected(Path file) {
    String first = text(file).lines().findFirst().orElse("");
    return first.startsWith(EXPECT)
        ? Optional.of(first.substring(EXPECT.length()))
        : Optional.empty();
  }

  private static GenericKubernetesResource read(Path file) {
    return Serialization.unmarshal(text(file), GenericKubernetesResource.class);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(String folder) {
    try (Stream<Path> files = Files.walk(OBJECTS.resolve(folder))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
