package io.evenkeel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The API server is a real one, and tells who did what. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ControlPlaneIT {
  private final Binaries binaries = Binaries.open();
  private final Sandbox sandbox = Sandbox.open();
  private ControlPlane plane;

  @BeforeAll
  void start() {
    Instant begin = Instant.now();
    plane =
        ControlPlane.start(
            sandbox, binaries, ControlPlane.Options.standard().withUser("alice", "shop"));
    System.out.printf(
        "control plane ready after %d ms%n", Duration.between(begin, Instant.now()).toMillis());
  }

  @AfterAll
  void stop() {
    plane.close();
    sandbox.close();
    binaries.close();
  }

  @Test
  void servesTheGatewayApi() {
    plane.applyCrds(binaries.get(Part.GATEWAY_API_CRDS));

    assertThat(plane.client().getApiGroup("gateway.networking.k8s.io")).isNotNull();
    assertThat(plane.client().apiextensions().v1().customResourceDefinitions().list().getItems())
        .extracting(crd -> crd.getMetadata().getName())
        .contains("httproutes.gateway.networking.k8s.io", "gateways.gateway.networking.k8s.io");
  }

  @Test
  void auditLogTellsWritesApartByUser() {
    int cursor = plane.auditLog().cursor();

    plane.client().configMaps().inNamespace("default").list();
    assertThat(plane.auditLog().writesSince(cursor, ControlPlane.ADMIN)).isEmpty();
    assertThat(plane.auditLog().since(cursor))
        .anyMatch(e -> e.verb().equals("list") && e.resource().equals("configmaps"));

    var map =
        new ConfigMapBuilder().withNewMetadata().withName("a").endMetadata().addToData("k", "v");
    plane.client().resource(map.build()).inNamespace("default").create();
    assertThat(plane.auditLog().writesSince(cursor, ControlPlane.ADMIN))
        .singleElement()
        .satisfies(e -> {
          assertThat(e.verb()).isEqualTo("create");
          assertThat(e.resource()).isEqualTo("configmaps");
          assertThat(e.namespace()).isEqualTo("default");
          assertThat(e.code()).isEqualTo(201);
          assertThat(e.sent()).isNotNull();
        });
  }

  @Test
  void rbacKeepsOthersOut() {
    int cursor = plane.auditLog().cursor();
    assertThatThrownBy(() -> plane.client("alice").pods().inNamespace("default").list())
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("alice");
    assertThat(plane.auditLog().since(cursor))
        .anyMatch(e -> e.user().equals("alice") && e.code() == 403);
  }

  @Test
  void objectsSurviveARestart() {
    plane.createNamespace("keeps");
    plane.killApiServer();
    plane.startApiServer();
    assertThat(plane.client().namespaces().withName("keeps").get()).isNotNull();
  }
}
