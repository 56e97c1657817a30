package io.evenkeel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.provider.ReferenceGrants.From;
import io.evenkeel.provider.ReferenceGrants.To;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceGrantsTest {
  private static final From FROM = new From("gateway.networking.k8s.io", "HTTPRoute", "shop");

  @ParameterizedTest(name = "{1}/{2}/{3} to {4} {5} in {0}: {6}")
  @CsvSource(
      nullValues = "-",
      value = {
        "stock, gateway.networking.k8s.io, HTTPRoute, shop, Service, -, true",
        "stock, gateway.networking.k8s.io, HTTPRoute, shop, Service, blue, true",
        "stock, gateway.networking.k8s.io, HTTPRoute, shop, Service, green, false",
        "stock, gateway.networking.k8s.io, HTTPRoute, other, Service, -, false",
        "stock, gateway.networking.k8s.io, GRPCRoute, shop, Service, -, false",
        "stock, evenkeel.io, HTTPRoute, shop, Service, -, false",
        "stock, gateway.networking.k8s.io, HTTPRoute, shop, Secret, -, false",
        "shop, gateway.networking.k8s.io, HTTPRoute, shop, Service, -, false",
      })
  void grants(
      String namespace,
      String group,
      String kind,
      String from,
      String toKind,
      String toName,
      boolean permitted) {
    ReferenceGrant grant =
        Serialization.unmarshal(
            """
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: g, namespace: %s}
            spec:
              from: [{group: %s, kind: %s, namespace: %s}]
              to: [{group: "", kind: %s%s}]
            """
                .formatted(
                    namespace,
                    group,
                    kind,
                    from,
                    toKind,
                    toName == null ? "" : ", name: " + toName),
            ReferenceGrant.class);
    assertThat(ReferenceGrants.permit(Stream.of(grant), FROM, To.service("stock", "blue")))
        .isEqualTo(permitted);
  }

  @Test
  void oneNamespaceNeedsNoGrant() {
    assertThat(ReferenceGrants.permit(Stream.of(), FROM, To.service("shop", "blue"))).isTrue();
    assertThat(ReferenceGrants.permit(Stream.of(), FROM, To.service("stock", "blue"))).isFalse();
  }
}
