package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Applies CustomResourceDefinitions as they are written, without a detour through typed classes.
 */
final class Definitions {
  private static final ResourceDefinitionContext KIND =
      new ResourceDefinitionContext.Builder()
          .withGroup("apiextensions.k8s.io")
          .withVersion("v1")
          .withKind("CustomResourceDefinition")
          .withPlural("customresourcedefinitions")
          .build();
  private static final Pattern SEPARATOR = Pattern.compile("(?m)^---.*$");

  private final KubernetesClient client;

  Definitions(KubernetesClient client) {
    this.client = client;
  }

  void apply(List<Path> filesOrFolders) {
    List<String> names = new ArrayList<>();
    filesOrFolders.stream()
        .flatMap(Definitions::files)
        .flatMap(file -> SEPARATOR.splitAsStream(ControlPlane.text(file)))
        .filter(text -> text.contains("kind: CustomResourceDefinition"))
        .map(text -> Serialization.unmarshal(text, GenericKubernetesResource.class))
        .forEach(definition -> {
          String name = definition.getMetadata().getName();
          client
              .genericKubernetesResources(KIND)
              .resource(definition)
              .fieldManager("lab")
              .forceConflicts()
              .serverSideApply();
          names.add(name);
        });
    if (names.isEmpty()) {
      throw new LabException("no CustomResourceDefinition in " + filesOrFolders);
    }
    names.forEach(this::awaitServed);
  }

  private static Stream<Path> files(Path path) {
    if (!Files.isDirectory(path)) {
      return Stream.of(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(f -> f.toString().matches(".*\\.ya?ml")).sorted().toList().stream();
    } catch (IOException e) {
      throw new LabException("cannot list " + path + ": " + e.getMessage(), e);
    }
  }

  private void awaitServed(String name) {
    client
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName(name)
        .waitUntilCondition(
            crd ->
                crd != null
                    && crd.getStatus() != null
                    && crd.getStatus().getConditions() != null // a status before its first one
                    && crd.getStatus().getConditions().stream()
                        .anyMatch(c ->
                            Objects.equals(c.getType(), "Established")
                                && Objects.equals(c.getStatus(), "True")),
            60,
            TimeUnit.SECONDS);
  }
}
