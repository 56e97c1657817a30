import com.google.googlejavaformat.java.Main;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs google-java-format over every Java file of the tree. The formatter takes files, never
 * folders, and reads today's syntax only on the JDK it formats for, so the build starts this file
 * with {@code java} of the toolchain, once for all modules.
 *
 * <p>Arguments: the root of the tree, then {@code check} (names what is not formatted, and fails) or
 * {@code replace}.
 */
void main(String... arguments) throws Exception {
  Path root = Path.of(arguments[0]);
  List<String> call =
      new ArrayList<>(
          switch (arguments[1]) {
            case "check" -> List.of("--dry-run", "--set-exit-if-changed");
            case "replace" -> List.of("--replace");
            default -> throw new IllegalArgumentException(arguments[1] + ": not check or replace");
          });
  call.add(root.resolve(".config/Format.java").toString());
  List<Path> sources;
  try (Stream<Path> modules = Files.list(root)) {
    sources = modules.map(m -> m.resolve("src")).filter(Files::isDirectory).sorted().toList();
  }
  for (Path source : sources) {
    try (Stream<Path> files = Files.walk(source)) {
      files.map(Path::toString).filter(f -> f.endsWith(".java")).sorted().forEach(call::add);
    }
  }
  var out = new PrintWriter(System.out, true);
  var err = new PrintWriter(System.err, true);
  int status = new Main(out, err, System.in).format(call.toArray(String[]::new));
  out.flush();
  err.flush();
  if (status != 0) {
    System.err.println("Not formatted: the files named above. Run: ./evenkeel format");
  }
  System.exit(status);
}
