package io.evenkeel.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * No room imports another room, so that one can be added, switched off or deleted without touching
 * the rest. Here and not in the import rules of the build, because this needs no line for each
 * room.
 */
class RoomsAreIslandsTest {
  private static final Path SOURCES = Path.of("src/main/java/io/evenkeel");
  private static final Pattern ROOM_IMPORT =
      Pattern.compile("import (?:static )?io\\.evenkeel\\.(provider|probe)\\.([a-z]+)\\.");

  @Test
  void noRoomImportsAnother() throws IOException {
    List<String> offences = new ArrayList<>();
    int rooms = 0;
    for (String kind : List.of("provider", "probe")) {
      try (Stream<Path> folders = Files.list(SOURCES.resolve(kind))) {
        for (Path room : folders.filter(Files::isDirectory).toList()) {
          rooms++;
          offences.addAll(offences(kind, room));
        }
      }
    }
    assertThat(rooms).isGreaterThan(2);
    assertThat(offences).isEmpty();
  }

  private static List<String> offences(String kind, Path room) throws IOException {
    List<String> offences = new ArrayList<>();
    try (Stream<Path> files = Files.walk(room)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        Matcher imports = ROOM_IMPORT.matcher(Files.readString(file));
        while (imports.find()) {
          if (!imports.group(1).equals(kind)
              || !imports.group(2).equals(room.getFileName().toString())) {
            offences.add(file + ": " + imports.group());
          }
        }
      }
    }
    return offences;
  }
}
