package io.evenkeel.lab;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIPBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRefBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;

/**
 * Does what teams do all day: Services, pods that come, get ready and go, routes. Pods have no
 * containers; with {@link ControlPlane.Options#withControllers()} the real controller makes
 * EndpointSlices of them, without it {@link #slice} writes one.
 */
public final class ClusterUser {
  /** The node that all pods are on; it exists as an object only. */
  public static final String NODE = "lab";

  private final KubernetesClient client;

  public ClusterUser(KubernetesClient client) {
    this.client = client;
  }

  /** An endpoint of {@link #slice}; not serving endpoints are neither ready. */
  public record SliceEndpoint(String address, boolean ready, boolean terminating) {
    public static SliceEndpoint ready(String address) {
      return new SliceEndpoint(address, true, false);
    }
  }

  /** A Service for pods labelled {@code app: name}; its port is named http. */
  public void createService(String namespace, String name, int port) {
    client
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withSelector(Map.of("app", name))
                .addNewPort()
                .withName("http")
                .withPort(port)
                .withTargetPort(new IntOrString(port))
                .endPort()
                .endSpec()
                .build())
        .serverSideApply();
  }

  /** Writes the one EndpointSlice of a Service, for a control plane without controllers. */
  public void slice(String namespace, String service, int port, List<SliceEndpoint> endpoints) {
    var builder =
        new EndpointSliceBuilder()
            .withNewMetadata()
            .withName(service + "-1")
            .withNamespace(namespace)
            .addToLabels("kubernetes.io/service-name", service)
            .addToLabels(
                "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io")
            .endMetadata()
            .withAddressType("IPv4")
            .addNewPort()
            .withName("http")
            .withPort(port)
            .withProtocol("TCP")
            .endPort();
    for (SliceEndpoint e : endpoints) {
      builder
          .addNewEndpoint()
          .withAddresses(e.address())
          .withNewConditions()
          .withReady(e.ready())
          .withServing(e.ready() || e.terminating())
          .withTerminating(e.terminating())
          .endConditions()
          .withNewTargetRef()
          .withKind("Pod")
          .withNamespace(namespace)
          .withName(service + "-" + e.address())
          .endTargetRef()
          .endEndpoint();
    }
    client.resource(builder.build()).forceConflicts().serverSideApply();
  }

  /** A running, ready pod of a Service at an address. */
  public void createPod(String namespace, String service, String name, String address) {
    createNode();
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .addToLabels("app", service)
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .withContainers(
                    new ContainerBuilder().withName("backend").withImage("none").build())
                .endSpec()
                .build())
        .create();
    client
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .editStatus(pod -> withStatus(pod, address, true));
  }

  private void createNode() {
    client
        .resource(new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build())
        .serverSideApply();
  }

  /** Flips a pod's readiness, as its readiness probe does. */
  public void setReady(String namespace, String name, boolean ready) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .editStatus(pod -> withStatus(pod, pod.getStatus().getPodIP(), ready));
  }

  static Pod withStatus(Pod pod, String address, boolean ready) {
    return new PodBuilder(pod)
        .editOrNewStatus()
        .withPhase("Running")
        .withPodIP(address)
        .withPodIPs(new PodIPBuilder().withIp(address).build())
        .withConditions(
            new PodConditionBuilder()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .build())
        .endStatus()
        .build();
  }

  /**
   * A Deployment of pods for the Service of the same name, rolled as by default a quarter at a
   * time; a {@link Kubelet} runs them.
   */
  public void deploy(String namespace, String name, int replicas) {
    createNode();
    Map<String, String> labels = Map.of("app", name);
    client
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .withMatchLabels(labels)
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .withContainers(
                    new ContainerBuilder().withName("backend").withImage("none").build())
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .serverSideApply();
  }

  public void scale(String namespace, String name, int replicas) {
    merge(namespace, name, "{\"spec\":{\"replicas\":%d}}".formatted(replicas));
  }

  /**
   * Replaces all pods of a Deployment, as {@code kubectl rollout restart} does.
   *
   * @param revision any text that was not used before
   */
  public void rollOut(String namespace, String name, String revision) {
    merge(
        namespace,
        name,
        "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"revision\":\"%s\"}}}}}"
            .formatted(revision));
  }

  private void merge(String namespace, String name, String patch) {
    var unused =
        client
            .apps()
            .deployments()
            .inNamespace(namespace)
            .withName(name)
            .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  /** Whether all pods of a Deployment are the new ones, as many as wanted, and ready. */
  public boolean isRolledOut(String namespace, String name) {
    Deployment found = client.apps().deployments().inNamespace(namespace).withName(name).require();
    DeploymentStatus status = found.getStatus();
    Integer wanted = found.getSpec().getReplicas();
    return found.getMetadata().getGeneration().equals(status.getObservedGeneration())
        && wanted.equals(status.getReplicas())
        && wanted.equals(status.getUpdatedReplicas())
        && wanted.equals(status.getReadyReplicas());
  }

  /** Begins to end a pod: it stays, terminating, until {@link #removePod}. */
  public void terminatePod(String namespace, String name) {
    client.pods().inNamespace(namespace).withName(name).withGracePeriod(3_600).delete();
  }

  /** Ends a pod at once. */
  public void removePod(String namespace, String name) {
    client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
  }

  /** An HTTPRoute at the lab's Gateway: everything of a host to Services by weight. */
  public void createRoute(
      String namespace, String name, String host, int port, Map<String, Integer> weights) {
    client
        .resource(
            new HTTPRouteBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .addNewParentRef()
                .withName(Contour.GATEWAY)
                .withNamespace(Contour.GATEWAY_NAMESPACE)
                .endParentRef()
                .withHostnames(host)
                .addNewRule()
                .withBackendRefs(
                    weights.entrySet().stream()
                        .map(w ->
                            new HTTPBackendRefBuilder()
                                .withName(w.getKey())
                                .withPort(port)
                                .withWeight(w.getValue())
                                .build())
                        .toList())
                .endRule()
                .endSpec()
                .build())
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("team")
                .withForce(true)
                .build());
  }
}
