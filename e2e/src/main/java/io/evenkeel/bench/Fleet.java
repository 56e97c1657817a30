package io.evenkeel.bench;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Many pools of one class, each with two Services of its own and two endpoints in each. */
record Fleet(KubernetesClient client, String namespace, int pools, int floors) {
  private static final int AT_ONCE = 8;
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("bench")
          .withForce(true)
          .build();

  List<String> poolNames() {
    return IntStream.range(0, pools).mapToObj(i -> "pool-" + i).toList();
  }

  List<String> floorNames() {
    return IntStream.range(0, floors).mapToObj(i -> "floor-" + i).toList();
  }

  /** The Gateway, the class, and for each pool its Services and endpoints. */
  void ground() throws InterruptedException {
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: edge, namespace: default}
        spec:
          gatewayClassName: bench
          listeners: [{name: http, port: 80, protocol: HTTP}]
        """);
    apply(
        """
        apiVersion: evenkeel.io/v1alpha1
        kind: BalancerClass
        metadata: {name: bench}
        spec:
          provider: GatewayAPI
          gatewayAPI: {parentRefs: [{name: edge, namespace: default}]}
          policy:
            hostnames: [{pattern: "*.example.com"}]
            corrections: {perPool: {burst: 100, perMinute: 6000}}
        """);
    all(
        IntStream.range(0, pools)
            .boxed()
            .<Runnable>mapMulti((i, out) -> {
              out.accept(() -> service("pool-" + i + "-a", i, 1));
              out.accept(() -> service("pool-" + i + "-b", i, 3));
            })
            .toList());
    all(floorNames().stream().<Runnable>map(name -> () -> floorRoute(name)).toList());
  }

  private void service(String name, int pool, int host) {
    apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: %s}
        spec: {ports: [{name: http, port: 8080}]}
        """
            .formatted(name, namespace));
    String net = "10.97.%d.".formatted(pool % 250);
    apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: %1$s-1
          namespace: %2$s
          labels: {kubernetes.io/service-name: %1$s}
        addressType: IPv4
        ports: [{name: http, port: 8080}]
        endpoints: [{addresses: [%3$s]}, {addresses: [%4$s]}]
        """
            .formatted(name, namespace, net + host, net + (host + 1)));
  }

  private void floorRoute(String name) {
    apply(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: %1$s, namespace: %2$s, labels: {%3$s: "true"}}
        spec:
          parentRefs: [{name: edge, namespace: default}]
          hostnames: [%1$s.floor.example.org]
          rules:
          - backendRefs:
            - {name: pool-0-a, port: 8080, weight: 1}
            - {name: pool-0-b, port: 8080, weight: 1}
        """
            .formatted(name, namespace, Floor.LABEL));
  }

  /** Declares the pools, all of them as fast as the API server takes them. */
  void declare() throws InterruptedException {
    all(
        poolNames().stream()
            .<Runnable>map(name ->
                () ->
                    apply(
                        """
                        apiVersion: evenkeel.io/v1alpha1
                        kind: BalancedBackendPool
                        metadata: {name: %1$s, namespace: %2$s}
                        spec:
                          balancerClassName: bench
                          route: {hostnames: [%1$s.example.com]}
                          backends:
                          - {name: a, service: {name: %1$s-a, port: 8080}}
                          - {name: b, service: {name: %1$s-b, port: 8080}}
                        """
                            .formatted(name, namespace)))
            .toList());
  }

  private void apply(String manifest) {
    client
        .resource(Serialization.unmarshal(manifest, GenericKubernetesResource.class))
        .patch(APPLY);
  }

  /** Runs all of these, a few at once. */
  static void all(List<Runnable> tasks) throws InterruptedException {
    try (ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<?>> running = new ArrayList<>();
      tasks.forEach(task -> running.add(workers.submit(task)));
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
