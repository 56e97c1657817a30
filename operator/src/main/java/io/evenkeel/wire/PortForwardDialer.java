package io.evenkeel.wire;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.PortForward;
import java.io.IOException;
import java.time.Duration;

/**
 * Reaches a port on a pod's localhost through the API server. The bytes go through an in-process
 * stream: the client's own default would listen on all interfaces of this host, and this never
 * listens at all.
 *
 * @param timeout of one conversation, from the dial to the last byte
 * @param maxBytes of one conversation, in the direction from the pod
 */
public record PortForwardDialer(
    KubernetesClient client,
    String namespace,
    String pod,
    int port,
    Duration timeout,
    long maxBytes)
    implements Dialer {
  @Override
  public String describe() {
    return "pod %s/%s port %d (port-forward)".formatted(namespace, pod, port);
  }

  @Override
  public Connection dial() throws IOException {
    ForwardedStream stream = new ForwardedStream(describe(), timeout, maxBytes);
    try {
      PortForward forward =
          client
              .pods()
              .inNamespace(namespace)
              .withName(pod)
              .portForward(port, stream.toPod(), stream.fromPod());
      stream.attach(forward);
      return stream;
    } catch (KubernetesClientException e) {
      stream.close();
      throw new IOException(describe() + ": " + e.getMessage(), e);
    }
  }
}
