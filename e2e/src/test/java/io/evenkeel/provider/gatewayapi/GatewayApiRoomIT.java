package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderContract;
import io.evenkeel.provider.ProviderRoom.Caches;
import io.evenkeel.provider.ProviderRoom.Context;
import io.evenkeel.provider.Replicas;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the room writes, on a real API server with the Gateway API's own definitions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayApiRoomIT {
  private static final String OPERATOR = "operator";
  private static final String CLASS =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancerClass
      metadata: {name: public}
      spec:
        provider: GatewayAPI
        gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}
      """;
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: infra}
      spec:
        gatewayClassName: lab
        listeners: [{name: http, port: 80, protocol: HTTP}]
      """;
  private static final String BACKENDS =
      """
        backends:
        - {name: blue, service: {name: shop-blue, port: 8080}}
        - {name: green, service: {name: shop-green, port: 8080}}
      """;
  private static final String ADOPTED =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: web, namespace: shop}
      spec:
        parentRefs: [{name: edge, namespace: infra}]
        hostnames: [web.example.com]
        rules:
        - name: static
          matches: [{path: {type: PathPrefix, value: /static}}]
          backendRefs: [{name: shop-blue, port: 8080, weight: 7}]
        - name: main
          backendRefs:
          - {name: canary, port: 8080, weight: 5}
          - {name: shop-blue, port: 8080, weight: 90}
          - {name: shop-green, port: 8080}
      """;

  private final Binaries binaries = Binaries.open();
  private final Sandbox sandbox = Sandbox.open();
  private ControlPlane plane;
  private KubernetesClient saboteur;
  private Live caches;
  private Provider provider;
  private final AtomicBoolean lease = new AtomicBoolean(true);

  @BeforeAll
  void start() {
    plane =
        ControlPlane.start(
            sandbox,
            binaries,
            ControlPlane.Options.standard().withUser(OPERATOR, "system:masters"));
    plane.applyCrds(binaries.get(Part.GATEWAY_API_CRDS));
    saboteur = plane.client();
    nameRules();
    plane.createNamespace("shop");
    plane.createNamespace("infra");
    saboteur.resource(Serialization.unmarshal(GATEWAY, Gateway.class)).serverSideApply();
    // The API server takes a changed definition in a moment after it was changed.
    await()
        .until(() -> {
          HTTPRoute made = team(ADOPTED);
          saboteur.resource(made).delete();
          return "static".equals(made.getSpec().getRules().getFirst().getName());
        });
  }

  /** Rule names are in the standard channel since Gateway API 1.4; the lab has 1.3. */
  @SuppressWarnings("NullAway") // the definition of the lab has all of these
  private void nameRules() {
    saboteur
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName("httproutes.gateway.networking.k8s.io")
        .edit(crd -> {
          crd.getSpec()
              .getVersions()
              .forEach(version ->
                  version
                      .getSchema()
                      .getOpenAPIV3Schema()
                      .getProperties()
                      .get("spec")
                      .getProperties()
                      .get("rules")
                      .getItems()
                      .getSchema()
                      .getProperties()
                      .put("name", new JSONSchemaPropsBuilder().withType("string").build()));
          return crd;
        });
  }

  @AfterAll
  void stop() {
    plane.close();
    sandbox.close();
    binaries.close();
  }

  @BeforeEach
  void open() {
    lease.set(true);
    caches = new Live(plane.client(OPERATOR));
    provider = new GatewayApiRoom().open(context(plane.client(OPERATOR), caches));
  }

  @AfterEach
  void clean() {
    saboteur.resources(HTTPRoute.class).inNamespace("shop").delete();
  }

  @Nested
  class Contract implements ProviderContract {
    @Override
    public Fixture fixture() {
      return new Fixture(
          provider,
          generating(""),
          weights(3, 2),
          weights(1, 4),
          new Write.Program(
              new ReplicaId("edge", "one"),
              new Weights.PerEndpoint(
                  new TreeMap<>(Map.of(new EndpointId("blue", "10.97.0.11", 8080), 1)))),
          () -> sabotage("shop", weight(0, 0, 50)),
          lease);
    }
  }

  /** The operator's cache: what the API server holds, until it is told to stand still. */
  private static final class Live implements Caches {
    private final KubernetesClient client;
    private Optional<HTTPRoute> stale = Optional.empty();

    Live(KubernetesClient client) {
      this.client = client;
    }

    @Override
    public <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name) {
      if (stale.isPresent() && type == HTTPRoute.class) {
        return stale.map(type::cast);
      }
      return Optional.ofNullable(
          namespace.isEmpty()
              ? client.resources(type).withName(name).get()
              : client.resources(type).inNamespace(namespace).withName(name).get());
    }

    @Override
    public <T extends HasMetadata> Stream<T> all(Class<T> type) {
      return client.resources(type).inAnyNamespace().list().getItems().stream();
    }
  }

  private Context context(KubernetesClient client, Caches caches) {
    return new Context() {
      @Override
      public KubernetesClient client() {
        return client;
      }

      @Override
      public Caches caches() {
        return caches;
      }

      @Override
      public Replicas replicas() {
        throw new AssertionError("this room writes to no proxy");
      }

      @Override
      public InstantSource clock() {
        return InstantSource.system();
      }

      @Override
      public String operatorNamespace() {
        return "evenkeel-system";
      }

      @Override
      public boolean mayWrite() {
        return lease.get();
      }
    };
  }

  private static Assignment generating(String more) {
    return assignment(
        """
          route:
            hostnames: [shop.example.com]
            timeouts: {request: 10s}
        """
            + more);
  }

  private static Assignment adopting() {
    return assignment("  targetRefs: [{kind: HTTPRoute, name: web, sectionName: main}]\n");
  }

  private static Assignment assignment(String spec) {
    BalancedBackendPool pool =
        Serialization.unmarshal(
            """
            apiVersion: evenkeel.io/v1alpha1
            kind: BalancedBackendPool
            metadata: {name: shop, namespace: shop, uid: %s}
            spec:
            """
                    .formatted(UUID.randomUUID())
                + spec
                + BACKENDS,
            BalancedBackendPool.class);
    return new Assignment(pool, Serialization.unmarshal(CLASS, BalancerClass.class), List.of());
  }

  private static Write weights(int blue, int green) {
    return new Write.Declare(
        new Weights.PerBackend(new TreeMap<>(Map.of("blue", blue, "green", green))));
  }

  private HTTPRoute team(String yaml) {
    return saboteur
        .resource(Serialization.unmarshal(yaml, HTTPRoute.class))
        .fieldManager("team")
        .serverSideApply();
  }

  private HTTPRoute read(String name) {
    return saboteur.resources(HTTPRoute.class).inNamespace("shop").withName(name).get();
  }

  private void sabotage(String name, String patch) {
    saboteur
        .resource(read(name))
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON)
                .withFieldManager("saboteur")
                .build(),
            patch);
  }

  private static String weight(int rule, int ref, int weight) {
    return "[{\"op\":\"replace\",\"path\":\"/spec/rules/%d/backendRefs/%d/weight\",\"value\":%d}]"
        .formatted(rule, ref, weight);
  }

  private static List<Integer> weightsOf(HTTPRoute route, int rule) {
    return route.getSpec().getRules().get(rule).getBackendRefs().stream()
        .map(ref -> ref.getWeight())
        .toList();
  }

  private Declared declared(Assignment assignment) {
    return provider.declared(assignment).known().orElseThrow();
  }

  @Test
  void aGeneratedRouteIsWrittenOnceAndThenLeftAlone() {
    Assignment pool = generating("");
    assertThat(declared(pool)).isEqualTo(Declared.absent());
    assertThat(provider.apply(pool, weights(3, 2)))
        .isInstanceOfSatisfying(
            Outcome.Applied.class,
            applied -> assertThat(applied.version()).isEqualTo(declared(pool).version()));
    HTTPRoute made = read("shop");
    assertThat(weightsOf(made, 0)).containsExactly(3, 2);
    assertThat(made.getMetadata().getManagedFields())
        .extracting(ManagedFieldsEntry::getManager, ManagedFieldsEntry::getOperation)
        .containsExactly(tuple("evenkeel", "Apply"));

    int cursor = plane.auditLog().cursor();
    assertThat(provider.apply(pool, weights(3, 2))).isEqualTo(new Outcome.Unchanged());
    assertThat(plane.auditLog().writesSince(cursor, OPERATOR)).isEmpty();
    assertThat(read("shop").getMetadata().getResourceVersion())
        .isEqualTo(made.getMetadata().getResourceVersion());
    assertThat(declared(pool).otherDifferences()).isEmpty();
  }

  @Test
  void whatAnotherManagerChangedIsNamedAndPutBackInOneWrite() {
    Assignment pool = generating("");
    provider.apply(pool, weights(3, 2));
    sabotage("shop", weight(0, 0, 99));
    sabotage("shop", "[{\"op\":\"remove\",\"path\":\"/spec/rules/0/timeouts\"}]");
    sabotage(
        "shop", "[{\"op\":\"add\",\"path\":\"/spec/hostnames/-\",\"value\":\"evil.example.com\"}]");

    Declared drifted = declared(pool);
    assertThat(drifted.weights()).containsExactly(new TreeMap<>(Map.of("blue", 99, "green", 2)));
    assertThat(drifted.otherDifferences())
        .containsExactly(
            "hostnames are [evil.example.com, shop.example.com], should be [shop.example.com]",
            "timeouts are [none], should be [request 10s]");
    assertThat(drifted.lastWriter())
        .hasValueSatisfying(writer -> {
          assertThat(writer.manager()).isEqualTo("saboteur");
          assertThat(writer.operation()).isEqualTo("Update");
        });

    int cursor = plane.auditLog().cursor();
    assertThat(provider.apply(pool, weights(3, 2))).isInstanceOf(Outcome.Applied.class);
    assertThat(plane.auditLog().writesSince(cursor, OPERATOR)).hasSize(1);
    assertThat(weightsOf(read("shop"), 0)).containsExactly(3, 2);
    assertThat(declared(pool).otherDifferences()).isEmpty();
  }

  @Test
  void anOldCacheWritesNothing() {
    Assignment pool = generating("");
    provider.apply(pool, weights(3, 2));
    caches.stale = Optional.of(read("shop"));
    sabotage("shop", weight(0, 0, 99));
    assertThat(provider.apply(pool, weights(1, 1))).isInstanceOf(Outcome.Conflict.class);
    assertThat(weightsOf(read("shop"), 0)).containsExactly(99, 2);
  }

  @Test
  void aRouteOfSomebodyElseIsRefusedAlsoWhereTheCacheHasNotSeenIt() {
    HTTPRoute theirs = team(ADOPTED.replace("name: web", "name: shop"));
    Assignment pool = generating("");
    assertThat(provider.apply(pool, weights(1, 1)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo("RouteOwnedByOther");
              assertThat(refused.message()).contains("it was written by team");
            });
    assertThat(declared(pool).owned()).isFalse();
    Provider blind =
        new GatewayApiRoom()
            .open(
                context(
                    plane.client(OPERATOR),
                    new Caches() {
                      @Override
                      public <T extends HasMetadata> Optional<T> get(
                          Class<T> type, String namespace, String name) {
                        return Optional.empty();
                      }

                      @Override
                      public <T extends HasMetadata> Stream<T> all(Class<T> type) {
                        return Stream.empty();
                      }
                    }));
    assertThat(blind.apply(pool, weights(1, 1))).isInstanceOf(Outcome.Conflict.class);
    assertThat(read("shop").getMetadata().getResourceVersion())
        .isEqualTo(theirs.getMetadata().getResourceVersion());
    assertThat(provider.release(pool)).isEqualTo(new Outcome.Unchanged());
    assertThat(read("shop")).isNotNull();
  }

  @Test
  void anAdoptedRuleGetsItsWeightsAndNothingElse() {
    HTTPRoute before = team(ADOPTED);
    Assignment pool = adopting();
    assertThat(provider.apply(pool, weights(3, 2)))
        .isInstanceOfSatisfying(
            Outcome.Applied.class,
            applied -> assertThat(applied.version()).isEqualTo(declared(pool).version()));
    HTTPRoute after = read("web");
    assertThat(weightsOf(after, 0)).containsExactly(7);
    assertThat(weightsOf(after, 1)).containsExactly(5, 3, 2);
    assertThat(after.getMetadata().getLabels()).isEqualTo(before.getMetadata().getLabels());
    assertThat(after.getMetadata().getAnnotations())
        .isEqualTo(before.getMetadata().getAnnotations());
    assertThat(after.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(declared(pool).weights())
        .containsExactly(new TreeMap<>(Map.of("blue", 3, "green", 2)));

    int cursor = plane.auditLog().cursor();
    assertThat(provider.apply(pool, weights(3, 2))).isEqualTo(new Outcome.Unchanged());
    assertThat(plane.auditLog().writesSince(cursor, OPERATOR)).isEmpty();
  }

  @Test
  void anAdoptedRouteThatChangedMeanwhileIsAConflict() {
    team(ADOPTED);
    caches.stale = Optional.of(read("web"));
    sabotage("web", weight(1, 1, 50));
    assertThat(provider.apply(adopting(), weights(3, 2))).isInstanceOf(Outcome.Conflict.class);
    assertThat(weightsOf(read("web"), 1)).containsExactly(5, 50, 1);
  }

  @Test
  void anAdoptedRouteThatIsGoneIsAConflict() {
    team(ADOPTED);
    caches.stale = Optional.of(read("web"));
    saboteur.resource(read("web")).delete();
    assertThat(provider.apply(adopting(), weights(3, 2))).isInstanceOf(Outcome.Conflict.class);
    assertThat(read("web")).isNull();
  }

  @Test
  void deletingAPoolDeletesItsRoute() {
    Assignment pool = generating("");
    provider.apply(pool, weights(3, 2));
    assertThat(provider.release(pool)).isInstanceOf(Outcome.Applied.class);
    assertThat(read("shop")).isNull();
    assertThat(provider.release(pool)).isEqualTo(new Outcome.Unchanged());
  }

  @Test
  void anOrphanedRouteKeepsItsWeightsAndCanBeAppliedByItsTeam() {
    Assignment pool = generating("  deletionPolicy: Orphan\n");
    provider.apply(pool, weights(3, 2));
    assertThat(provider.release(pool)).isInstanceOf(Outcome.Applied.class);
    HTTPRoute left = read("shop");
    assertThat(weightsOf(left, 0)).containsExactly(3, 2);
    assertThat(left.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(left.getMetadata().getLabels()).isNullOrEmpty();
    assertThat(managers(left)).doesNotContain("evenkeel");
    assertThat(provider.release(pool)).isEqualTo(new Outcome.Unchanged());
    // The API server holds fields of nobody for "before-first-apply", so the first apply needs
    // force; later ones do not.
    String mine = ADOPTED.replace("name: web", "name: shop");
    saboteur
        .resource(Serialization.unmarshal(mine, HTTPRoute.class))
        .fieldManager("team")
        .forceConflicts()
        .serverSideApply();
    assertThat(weightsOf(team(mine), 0)).containsExactly(7);
  }

  @Test
  void anAdoptedRouteIsGivenBackToItsTeam() {
    team(ADOPTED);
    Assignment pool = adopting();
    provider.apply(pool, weights(3, 2));
    assertThat(managers(read("web"))).contains("evenkeel");
    assertThat(provider.release(pool)).isInstanceOf(Outcome.Applied.class);
    assertThat(weightsOf(read("web"), 1)).containsExactly(5, 3, 2);
    assertThat(managers(read("web"))).doesNotContain("evenkeel");
    assertThat(provider.release(pool)).isEqualTo(new Outcome.Unchanged());
    assertThat(weightsOf(team(ADOPTED), 1)).containsExactly(5, 90, 1);
  }

  @Test
  void anEjectedRouteIsNoLongerDeletedWithItsPool() {
    Assignment generating = generating("");
    provider.apply(generating, weights(3, 2));
    assertThat(read("shop").getMetadata().getOwnerReferences()).hasSize(1);
    Assignment ejecting = assignment("  targetRefs: [{kind: HTTPRoute, name: shop}]\n");
    ejecting.pool().getMetadata().setUid(generating.pool().getMetadata().getUid());
    assertThat(declared(ejecting).otherDifferences()).hasSize(1);
    assertThat(provider.apply(ejecting, weights(3, 2))).isInstanceOf(Outcome.Applied.class);
    assertThat(read("shop").getMetadata().getOwnerReferences()).isEmpty();
    assertThat(declared(ejecting).otherDifferences()).isEmpty();
    assertThat(provider.apply(ejecting, weights(3, 2))).isEqualTo(new Outcome.Unchanged());
  }

  @Test
  void anEjectedRouteThatWasNotWrittenSinceIsGivenBackWhole() {
    Assignment generating = generating("");
    provider.apply(generating, weights(3, 2));
    Assignment ejecting = assignment("  targetRefs: [{kind: HTTPRoute, name: shop}]\n");
    ejecting.pool().getMetadata().setUid(generating.pool().getMetadata().getUid());
    assertThat(provider.release(ejecting)).isInstanceOf(Outcome.Applied.class);
    HTTPRoute left = read("shop");
    assertThat(weightsOf(left, 0)).containsExactly(3, 2);
    assertThat(left.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(managers(left)).doesNotContain("evenkeel");
  }

  private static List<String> managers(HTTPRoute route) {
    return route.getMetadata().getManagedFields().stream()
        .map(ManagedFieldsEntry::getManager)
        .toList();
  }
}
