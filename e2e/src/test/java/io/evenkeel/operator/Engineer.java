package io.evenkeel.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lab.ControlPlane;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Somebody at a command line, at the root of the repository, where what the remedies say is valid.
 *
 * @param kubeconfig the login
 */
record Engineer(Path kubeconfig) {
  /** What a command said. */
  record Answer(int status, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }

    /** A failure and, below it and those that share it, what to do. */
    void tells(String failure, String remedy) {
      assertThat(status).as(out).isEqualTo(1);
      assertThat(out).containsPattern("(?m)^✘  " + failure + ".*\n(✘.*\n)*   → .*" + remedy);
      assertThat(err).isEmpty();
    }

    /** Nothing was shown: a sentence and what to do, on standard error. */
    void refuses(String failure, String remedy) {
      assertThat(status).as(out).isEqualTo(2);
      assertThat(out).isEmpty();
      assertThat(err).startsWith("evenkeel: " + failure).contains("\n   → " + remedy);
      assertThat(err.lines()).hasSize(2);
    }

    /** The rungs of a backend, from desired to observed. */
    List<String> ladder(String backend) {
      List<String> below =
          lines().stream().dropWhile(line -> !line.startsWith("├─ " + backend)).toList();
      assertThat(below).as(out).hasSizeGreaterThan(5);
      return below.subList(1, 6);
    }
  }

  /** A new ServiceAccount with this ClusterRole; with none it may nothing. */
  static Engineer hire(ControlPlane plane, String namespace, String name, String... clusterRole) {
    var account =
        plane
            .client()
            .resource(
                new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .withNamespace(namespace)
                    .endMetadata()
                    .build())
            .create();
    for (String role : clusterRole) {
      var unused =
          plane
              .client()
              .resource(
                  new ClusterRoleBindingBuilder()
                      .withNewMetadata()
                      .withName(name)
                      .endMetadata()
                      .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", role)
                      .addNewSubject(
                          null, "ServiceAccount", account.getMetadata().getName(), namespace)
                      .build())
              .create();
    }
    return new Engineer(plane.login(namespace, name));
  }

  /** Starts the program, without a locale, as in a bare container. */
  Answer evenkeel(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), "io.evenkeel.cli.Evenkeel"));
    command.addAll(Arrays.asList(arguments));
    Answer answer = start(command);
    System.out.println(
        "$ evenkeel " + String.join(" ", arguments) + "\n" + answer.out() + answer.err());
    return answer;
  }

  /** Does what a remedy says. */
  Answer shell(String line, Path kubectl) {
    return start(List.of("bash", "-ec", "kubectl() { '" + kubectl + "' \"$@\"; }; " + line));
  }

  private Answer start(List<String> command) {
    try {
      Path err = Files.createTempFile("engineer", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(err.toFile()).directory(root().toFile());
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(Duration.ofSeconds(30))).as(out).isTrue();
      String told = Files.readString(err);
      Files.delete(err);
      return new Answer(process.exitValue(), out, told);
    } catch (IOException e) {
      throw new IllegalStateException("did not start: " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static Path root() {
    return Stream.of("", "..")
        .map(Path::of)
        .filter(root -> Files.isDirectory(root.resolve("deploy")))
        .findFirst()
        .orElseThrow()
        .toAbsolutePath();
  }
}
