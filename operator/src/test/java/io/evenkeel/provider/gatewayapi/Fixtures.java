package io.evenkeel.provider.gatewayapi;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.provider.ProviderRoom.Caches;
import io.evenkeel.provider.ProviderRoom.Context;
import io.evenkeel.provider.Replicas;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Objects of the shop, as YAML would give them. */
final class Fixtures {
  static final String BALANCER_CLASS =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancerClass
      metadata: {name: public}
      spec:
        provider: GatewayAPI
        gatewayAPI: {parentRefs: [{name: edge, namespace: infra}]}
      """;

  static final String GENERATING_POOL =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancedBackendPool
      metadata: {name: shop, namespace: shop, uid: pool-uid}
      spec:
        route:
          hostnames: [shop.example.com]
          matches: [{path: {type: PathPrefix, value: /}}]
          sectionNames: [https]
          timeouts: {request: 10s}
        backends:
        - {name: blue, service: {name: shop-blue, port: 8080}}
        - {name: green, service: {name: shop-green, port: 8080}}
      """;

  static final String ADOPTING_POOL =
      """
      apiVersion: evenkeel.io/v1alpha1
      kind: BalancedBackendPool
      metadata: {name: shop, namespace: shop, uid: pool-uid}
      spec:
        targetRefs: [{kind: HTTPRoute, name: web, sectionName: main}]
        backends:
        - {name: blue, service: {name: shop-blue, port: 8080}}
        - {name: green, service: {name: shop-green, port: 8080}}
      """;

  static final String ADOPTED_ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: web, namespace: shop, uid: web-uid, resourceVersion: "7", generation: 2}
      spec:
        parentRefs: [{name: edge, namespace: infra}]
        hostnames: [web.example.com]
        rules:
        - name: static
          matches: [{path: {type: PathPrefix, value: /static}}]
          backendRefs: [{name: files, port: 80}]
        - name: main
          backendRefs:
          - {name: canary, port: 8080, weight: 5}
          - {name: shop-blue, port: 8080, weight: 90}
          - {name: shop-green, port: 8080}
      """;

  static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: infra}
      spec:
        gatewayClassName: contour
        listeners:
        - {name: http, protocol: HTTP, port: 80}
        - {name: https, protocol: HTTPS, port: 443, hostname: "*.example.com"}
      """;

  private Fixtures() {}

  static <T> T yaml(Class<T> type, String text) {
    return Serialization.unmarshal(text, type);
  }

  static BalancedBackendPool pool(String text) {
    return yaml(BalancedBackendPool.class, text);
  }

  static BalancerClass balancerClass() {
    return yaml(BalancerClass.class, BALANCER_CLASS);
  }

  static HTTPRoute route(String text) {
    return yaml(HTTPRoute.class, text);
  }

  static Gateway gateway(String text) {
    return yaml(Gateway.class, text);
  }

  static GatewayClass gatewayClass(String controllerName) {
    return yaml(
        GatewayClass.class,
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: contour}
        spec: {controllerName: %s}
        """
            .formatted(controllerName));
  }

  static Caches caches(HasMetadata... objects) {
    return new Caches() {
      @Override
      public <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name) {
        return all(type)
            .filter(object -> name.equals(object.getMetadata().getName()))
            .filter(object ->
                namespace.isEmpty() || namespace.equals(object.getMetadata().getNamespace()))
            .findFirst();
      }

      @Override
      public <T extends HasMetadata> Stream<T> all(Class<T> type) {
        return List.of(objects).stream().filter(type::isInstance).map(type::cast);
      }
    };
  }

  /** A context without an API server: whoever calls it fails. */
  static Context context(Caches caches) {
    return new Context() {
      @Override
      public KubernetesClient client() {
        throw new AssertionError("this must be decided without the API server");
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
        return InstantSource.fixed(Instant.parse("2026-11-01T12:00:00Z"));
      }

      @Override
      public String operatorNamespace() {
        return "evenkeel-system";
      }

      @Override
      public boolean mayWrite() {
        return true;
      }
    };
  }
}
