package io.evenkeel.core.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.evenkeel.core.decide.Decide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * {@code golden/<case>/in.yaml} decided is {@code out.yaml}. Run with {@code -Dgolden.update=true}
 * to write what is decided now, then read the difference before committing it.
 */
class DecideGoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");
  private static final boolean UPDATE = Boolean.getBoolean("golden.update");
  private static final ObjectMapper YAML =
      new ObjectMapper(
          new YAMLFactory()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR));

  @TestFactory
  List<DynamicTest> cases() throws IOException {
    return children(FOLDER).stream()
        .map(folder ->
            DynamicTest.dynamicTest(folder.getFileName().toString(), () -> decided(folder)))
        .toList();
  }

  private static void decided(Path folder) throws IOException {
    String in = Files.readString(folder.resolve("in.yaml"));
    String decided =
        YAML.writeValueAsString(
            DecisionYaml.write(Decide.decide(SnapshotYaml.read(YAML.readTree(in)))));
    Path out = folder.resolve("out.yaml");
    if (UPDATE) {
      Files.writeString(out, decided);
    }
    assertThat(decided).as(folder.toString()).isEqualTo(Files.readString(out));
  }

  @Test
  void everyCaseIsAFolderWithBothFilesAndNothingElse() throws IOException {
    assertThat(children(FOLDER))
        .isNotEmpty()
        .allSatisfy(folder ->
            assertThat(children(folder))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("in.yaml", "out.yaml"));
  }

  /** Expectations that are written by the run that checks them prove nothing. */
  @Test
  void continuousIntegrationNeverUpdates() {
    assertThat(UPDATE && "true".equals(System.getenv("CI")))
        .as("golden.update with CI=true")
        .isFalse();
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }
}
