package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Evenkeel in the lab's cluster as it is shipped: its definitions, the manifests of {@code
 * deploy/manifests} with the roles of all rooms, and a login for the ServiceAccount that they make.
 * The Deployment is there as an object; {@link OperatorProcess} is what it would run.
 */
public final class Installation {
  public static final String NAMESPACE = "evenkeel-system";

  /** The operator's name in the API server, as the audit log has it. */
  public static final String USER = "system:serviceaccount:evenkeel-system:evenkeel";

  private static final String MANIFESTS = "/io/evenkeel/lab/manifests";

  private final Path kubeconfig;
  private final Container container;

  private Installation(Path kubeconfig, Container container) {
    this.kubeconfig = kubeconfig;
    this.container = container;
  }

  /** As {@code kubectl apply} of the definitions, then of the manifests. */
  public static Installation apply(ControlPlane plane) {
    plane.applyEvenkeelCrds();
    List<HasMetadata> objects = manifests(plane);
    objects.forEach(object -> plane.client().resource(object).forceConflicts().serverSideApply());
    Container container =
        objects.stream()
            .filter(Deployment.class::isInstance)
            .map(d -> ((Deployment) d).getSpec().getTemplate().getSpec().getContainers().getFirst())
            .findFirst()
            .orElseThrow(() -> new LabException("the manifests have no Deployment"));
    return new Installation(plane.login(NAMESPACE, "evenkeel"), container);
  }

  private static List<HasMetadata> manifests(ControlPlane plane) {
    URL found = Installation.class.getResource(MANIFESTS);
    if (found == null) {
      throw new LabException(MANIFESTS + " is missing from the build");
    }
    try {
      URI at = found.toURI();
      if (!at.getScheme().equals("jar")) {
        return manifests(plane, Path.of(at));
      }
      try (FileSystem jar = FileSystems.newFileSystem(at, Map.of())) {
        return manifests(plane, jar.getPath(MANIFESTS));
      }
    } catch (IOException | URISyntaxException e) {
      throw new LabException("cannot read the manifests: " + e.getMessage(), e);
    }
  }

  /** Those that the README of the manifests applies: not what is opt-in. */
  private static List<HasMetadata> manifests(ControlPlane plane, Path root) throws IOException {
    List<HasMetadata> objects = new ArrayList<>();
    for (Path folder : List.of(root, root.resolve("rooms"))) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
          try (InputStream in = Files.newInputStream(file)) {
            objects.addAll(plane.client().load(in).items());
          }
        }
      }
    }
    return objects;
  }

  /** The ServiceAccount's login. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  /** The command's arguments in the Deployment. */
  List<String> arguments() {
    return container.getArgs();
  }

  /** The environment that the Deployment gives a pod of this name. */
  Map<String, String> environment(String pod) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (EnvVar variable : container.getEnv()) {
      environment.put(
          variable.getName(),
          variable.getValueFrom() == null
              ? variable.getValue()
              : switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
                case "metadata.name" -> pod;
                case "metadata.namespace" -> NAMESPACE;
                default ->
                    throw new LabException(
                        "a lab has no value for the variable " + variable.getName());
              });
    }
    return environment;
  }
}
