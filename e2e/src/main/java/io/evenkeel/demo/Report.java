package io.evenkeel.demo;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** All results of a run, as written by {@code --json}. */
public record Report(List<Result> scenarios) {
  public Report {
    scenarios = List.copyOf(scenarios);
  }

  /** True only when there was a scenario and every one ended even and verified. */
  @JsonProperty("ok")
  public boolean ok() {
    return !scenarios.isEmpty() && scenarios.stream().allMatch(Result::ok);
  }

  /** Writes beside the target and moves, so that a reader never sees half a report. */
  public void write(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    Files.writeString(
        partial,
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this)
            + System.lineSeparator());
    Files.move(partial, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }
}
