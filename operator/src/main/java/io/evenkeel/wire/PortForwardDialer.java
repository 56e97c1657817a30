package io.evenkeel.wire;

import io.fabric8.kubernetes.client.Client;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/**
 * Reaches a port on a pod's localhost through the API server, over a WebSocket in this process. The
 * client's own port-forward is not used: by default it listens on all interfaces of this host, and
 * without a listener it keeps the connection of a pod that says too much for another minute.
 */
public record PortForwardDialer(
    Client client, String namespace, String pod, int port, Limits limits) implements Dialer {
  /**
   * @param client its rights and address are used, its patience is not: by default it tries ten
   *     times, which would hide the reason behind the timeout and go on long after it
   */
  public PortForwardDialer {
    client =
        client.newClient(
            new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                .withRequestRetryBackoffLimit(0)
                .build());
  }

  @Override
  public String describe() {
    return "pod %s/%s port %d (port-forward)".formatted(namespace, pod, port);
  }

  @Override
  public Connection dial() throws IOException {
    ForwardedStream stream = new ForwardedStream(describe(), namespace);
    return BoundedConnection.open(describe(), limits, stream, () -> open(stream));
  }

  private BoundedConnection.Streams open(ForwardedStream stream) throws IOException {
    String base = client.getMasterUrl().toString().replaceFirst("/+$", "");
    String path = "/api/v1/namespaces/%s/pods/%s/portforward?ports=%d";
    var unused =
        client
            .getHttpClient()
            .newWebSocketBuilder()
            .uri(URI.create(base + path.formatted(namespace, pod, port)))
            .subprotocol(ForwardedStream.PROTOCOL)
            // Later than ours, so that the reason is the same each time.
            .connectTimeout(limits.timeout().toMillis() + 1_000, TimeUnit.MILLISECONDS)
            .buildAsync(stream)
            .whenComplete((socket, failure) -> {
              if (failure != null) {
                stream.onError(socket, failure);
              }
            });
    stream.awaitOpen();
    return new BoundedConnection.Streams(stream.input(), stream.output());
  }
}
