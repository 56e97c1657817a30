package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a node needs for port-forward: the API server connects to it, and it to a port on a pod's
 * localhost, with the kubelet's own protocol code ({@code e2e/tools/kubernetes/node-agent}). Pods
 * have no containers here, so {@link #place} says which network namespace a pod's would be in.
 */
public final class NodeAgent implements AutoCloseable {
  /** The sandbox's own network namespace, for a pod that a test plays itself. */
  public static final Path SANDBOX = Path.of("/proc/1/ns/net");

  private static final String ADDRESS = Sandbox.address(1);
  private static final int PORT = 10250;
  private static final String NETWORK = "lab.evenkeel.io/network";

  private final KubernetesClient client;
  private final Child process;

  private NodeAgent(KubernetesClient client, Child process) {
    this.client = client;
    this.process = process;
  }

  /** Returns when it serves the node {@link ClusterUser#NODE} and the API server knows where. */
  public static NodeAgent start(Sandbox sandbox, Binaries binaries, ControlPlane plane) {
    Child process =
        sandbox.start(
            "node-agent",
            List.of(
                binaries.get(Part.NODE_AGENT).toString(),
                "--address=" + ADDRESS,
                "--port=" + PORT,
                "--kubeconfig=" + plane.kubeconfig()));
    process.awaitReady(Duration.ofSeconds(30), () -> Contour.isListening(ADDRESS, PORT));
    NodeAgent agent = new NodeAgent(plane.client(), process);
    agent.announce();
    return agent;
  }

  private void announce() {
    client
        .resource(
            new NodeBuilder().withNewMetadata().withName(ClusterUser.NODE).endMetadata().build())
        .serverSideApply();
    client
        .nodes()
        .withName(ClusterUser.NODE)
        .editStatus(node ->
            new NodeBuilder(node)
                .editOrNewStatus()
                .withAddresses(new NodeAddress(ADDRESS, "InternalIP"))
                .withNewDaemonEndpoints()
                .withNewKubeletEndpoint(PORT)
                .endDaemonEndpoints()
                .endStatus()
                .build());
  }

  /** Puts a pod into a network namespace, such as {@link EnvoyProxy#network}. */
  public void place(String namespace, String pod, Path network) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod)
        .edit(found ->
            found
                .edit()
                .editMetadata()
                .addToAnnotations(NETWORK, network.toString())
                .endMetadata()
                .build());
  }

  /** The process, for faults. */
  public Child process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
