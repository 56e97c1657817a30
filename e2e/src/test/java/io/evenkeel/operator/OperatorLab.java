package io.evenkeel.operator;

import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.lab.AuditLog;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Installation;
import io.evenkeel.lab.Lab;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Part;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A lab with Evenkeel's kinds, the operator as a process of its own, and what is said to both. */
final class OperatorLab implements AutoCloseable {
  /** Where pools, Services and routes are. */
  static final String NAMESPACE = "default";

  private final Binaries binaries = Binaries.open();
  private final Lab lab;
  private final Installation installation;
  private @Nullable OperatorProcess operator;

  private OperatorLab(UnaryOperator<ControlPlane.Options> options) {
    lab = Lab.open(binaries, options.apply(ControlPlane.Options.standard()));
    plane().applyCrds(binaries.get(Part.GATEWAY_API_CRDS));
    installation = Installation.apply(plane());
  }

  /** The operator does not run yet. */
  static OperatorLab open() {
    return new OperatorLab(UnaryOperator.identity());
  }

  /** The same with the controllers that turn Deployments into pods and pods into slices. */
  static OperatorLab openWithControllers() {
    return new OperatorLab(ControlPlane.Options::withControllers);
  }

  Lab lab() {
    return lab;
  }

  ControlPlane plane() {
    return lab.controlPlane();
  }

  KubernetesClient client() {
    return plane().client();
  }

  /** Returns when it is ready. */
  OperatorProcess startOperator(String... options) {
    operator = OperatorProcess.start(lab.sandbox(), installation, options);
    return operator;
  }

  OperatorProcess operator() {
    return Objects.requireNonNull(operator, "the operator was not started");
  }

  /** A metric of the operator, summed over all labels. */
  double metric(String name) {
    return operator()
        .metrics()
        .lines()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** What the operator has logged since it was started last. */
  Stream<String> operatorLog() {
    try {
      return Files.readAllLines(operator().child().log()).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@code kubectl apply --server-side}. */
  void apply(String yaml) {
    client()
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(this::apply);
  }

  private void apply(HasMetadata item) {
    if (item instanceof GenericKubernetesResource custom) {
      Class<? extends HasMetadata> type =
          custom.getKind().equals("BalancerClass")
              ? BalancerClass.class
              : BalancedBackendPool.class;
      client()
          .genericKubernetesResources(ResourceDefinitionContext.fromResourceType(type))
          .resource(custom)
          .serverSideApply();
    } else {
      client().resource(item).serverSideApply();
    }
  }

  Resource<BalancedBackendPool> pool(String name) {
    return client().resources(BalancedBackendPool.class).inNamespace(NAMESPACE).withName(name);
  }

  /** Status and reason of a pool's condition; empty while it has none. */
  String condition(String pool, String type) {
    return conditions(pool)
        .filter(c -> c.type().equals(type))
        .map(c -> c.status() + " " + c.reason())
        .findFirst()
        .orElse("");
  }

  /** Whether the operator vouches for what the proxies do, and nothing is under way. */
  boolean verified(String pool) {
    return Stream.of("Ready", "LiveVerified").allMatch(c -> condition(pool, c).startsWith("True"))
        && condition(pool, "Reconciling").isEmpty();
  }

  /** Whether the operator reads all proxies of a class. */
  boolean probesHealthy(String balancerClass) {
    return Optional.ofNullable(
            client().resources(BalancerClass.class).withName(balancerClass).require().getStatus())
        .stream()
        .flatMap(status -> status.conditions().stream())
        .anyMatch(c -> c.type().equals("ProbesHealthy") && c.status() == Condition.Status.True);
  }

  /** What the operator says of a pool, for complaints. */
  String told(String pool) {
    return pool
        + conditions(pool)
            .map(c -> "\n  %s=%s %s".formatted(c.type(), c.status(), c.message()))
            .reduce("", String::concat);
  }

  private Stream<Condition> conditions(String pool) {
    return Optional.ofNullable(pool(pool).get()).map(BalancedBackendPool::getStatus).stream()
        .flatMap(status -> status.conditions().stream());
  }

  void annotate(String pool, String annotation, @Nullable String value) {
    var unused =
        pool(pool)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"metadata\":{\"annotations\":{\"%s\":%s}}}"
                    .formatted(annotation, value == null ? "null" : '"' + value + '"'));
  }

  void suspend(String balancerClass, boolean value) {
    var unused =
        client()
            .resources(BalancerClass.class)
            .withName(balancerClass)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"spec\":{\"policy\":{\"suspend\":" + value + "}}}");
  }

  Resource<HTTPRoute> route(String name) {
    return client().resources(HTTPRoute.class).inNamespace(NAMESPACE).withName(name);
  }

  /** The weights of a route's first rule in the order of its backends; none without a route. */
  List<Integer> weights(String name) {
    HTTPRoute route = route(name).get();
    return route == null
        ? List.of()
        : route.getSpec().getRules().getFirst().getBackendRefs().stream()
            .map(ref -> ref.getWeight())
            .toList();
  }

  /** A position in the API server's log. */
  int cursor() {
    return plane().auditLog().cursor();
  }

  /** What the operator wrote from there on, Leases and Events aside. */
  List<AuditLog.Entry> writes(int cursor) {
    return plane().auditLog().writesSince(cursor, Installation.USER);
  }

  /** The same of one HTTPRoute. */
  List<AuditLog.Entry> routeWrites(int cursor, String name) {
    return writes(cursor).stream()
        .filter(e -> e.resource().equals("httproutes") && e.name().equals(name))
        .toList();
  }

  /** Until the operator has written nothing for a second and a half. */
  void awaitStill() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          int cursor = cursor();
          await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
          return writes(cursor).isEmpty();
        });
  }

  @Override
  public void close() {
    if (operator != null) {
      operator.close();
    }
    lab.close();
    binaries.close();
  }
}
