package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClassBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A real Contour for one Gateway, {@code edge} in {@code infra} of class {@code contour}: it
 * watches the API server and tells its {@link EnvoyProxy} replicas.
 */
public final class Contour implements AutoCloseable {
  public static final String GATEWAY_NAMESPACE = "infra";
  public static final String GATEWAY = "edge";
  public static final String CLASS = "contour";
  static final int XDS_PORT = 8001;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Sandbox sandbox;
  private final Path binary;
  private final List<String> command;
  private Child process;

  private Contour(Sandbox sandbox, Path binary, List<String> command) {
    this.sandbox = sandbox;
    this.binary = binary;
    this.command = command;
    this.process = launch();
  }

  /**
   * Applies the definitions it needs and its Gateway, and returns when it serves proxies. The
   * Gateway's listener {@code http} takes routes of all namespaces.
   */
  public static Contour start(Sandbox sandbox, Binaries binaries, ControlPlane plane) {
    Path gatewayApi = binaries.get(Part.GATEWAY_API_CRDS);
    // Contour does not start without kinds such as TCPRoute.
    plane.applyCrds(
        gatewayApi, gatewayApi.resolve("experimental-only"), binaries.get(Part.CONTOUR_CRDS));
    plane.createNamespace(GATEWAY_NAMESPACE);
    plane.createNamespace("projectcontour");
    applyGateway(plane);
    Path directory = sandbox.directory("contour");
    Path configuration = directory.resolve("contour.yaml");
    try {
      Files.writeString(
          configuration,
          """
          gateway:
            gatewayRef: {namespace: %s, name: %s}
          """
              .formatted(GATEWAY_NAMESPACE, GATEWAY));
    } catch (IOException e) {
      throw new LabException("cannot write " + configuration + ": " + e.getMessage(), e);
    }
    Path binary = binaries.get(Part.CONTOUR);
    return new Contour(
        sandbox,
        binary,
        List.of(
            binary.toString(),
            "serve",
            "--kubeconfig=" + plane.kubeconfig(),
            "--config-path=" + configuration,
            "--insecure",
            "--disable-leader-election",
            "--xds-address=" + Sandbox.address(1),
            "--xds-port=" + XDS_PORT,
            "--envoy-service-http-address=0.0.0.0",
            "--envoy-service-http-port=" + EnvoyProxy.HTTP_PORT,
            "--http-address=127.0.0.1",
            "--http-port=8002",
            "--health-address=127.0.0.1",
            "--health-port=8003"));
  }

  private static void applyGateway(ControlPlane plane) {
    plane
        .client()
        .resource(
            new GatewayClassBuilder()
                .withNewMetadata()
                .withName(CLASS)
                .endMetadata()
                .withNewSpec()
                .withControllerName("projectcontour.io/gateway-controller")
                .endSpec()
                .build())
        .serverSideApply();
    plane
        .client()
        .resource(
            new GatewayBuilder()
                .withNewMetadata()
                .withName(GATEWAY)
                .withNamespace(GATEWAY_NAMESPACE)
                .endMetadata()
                .withNewSpec()
                .withGatewayClassName(CLASS)
                .addNewListener()
                .withName("http")
                .withProtocol("HTTP")
                .withPort(80)
                .withNewAllowedRoutes()
                .withNewNamespaces()
                .withFrom("All")
                .endNamespaces()
                .endAllowedRoutes()
                .endListener()
                .endSpec()
                .build())
        .serverSideApply();
  }

  private Child launch() {
    Child child = sandbox.start("contour", command);
    child.awaitReady(LIMIT, () -> isListening(Sandbox.address(1), XDS_PORT));
    return child;
  }

  static boolean isListening(String address, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1_000);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  Path binary() {
    return binary;
  }

  /** Contour's process, for faults. */
  public Child process() {
    return process;
  }

  /** kill −9; the proxies go on with what they know. */
  public void kill() {
    process.kill();
  }

  /** Starts it again after {@link #kill}. */
  public void start() {
    if (process.isAlive()) {
      throw new IllegalStateException("contour is running");
    }
    process = launch();
  }

  @Override
  public void close() {
    process.close();
  }
}
