package io.evenkeel.provider.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.core.plan.Scale.Quantisation;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveTarget.HostMatch;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.Provider.ObjectRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the room decides from its caches alone; its writes are tested on a real API server. */
class GatewayApiProviderTest {
  private static Provider provider(HasMetadata... objects) {
    return new GatewayApiProvider(Fixtures.context(Fixtures.caches(objects)), false);
  }

  private static Assignment assignment(String pool) {
    return new Assignment(Fixtures.pool(pool), Fixtures.balancerClass(), List.of());
  }

  private static String refusal(String pool, HasMetadata... objects) {
    return provider(objects)
        .check(assignment(pool))
        .map(refused -> refused.reason() + ": " + refused.message())
        .orElse("none");
  }

  private static final HasMetadata GATEWAY = Fixtures.gateway(Fixtures.GATEWAY);

  @Test
  void whatCanBeServedIsNotRefused() {
    assertThat(refusal(Fixtures.GENERATING_POOL, GATEWAY)).isEqualTo("none");
    assertThat(refusal(Fixtures.ADOPTING_POOL, GATEWAY, Fixtures.route(Fixtures.ADOPTED_ROUTE)))
        .isEqualTo("none");
  }

  @Test
  void aRefusalSaysWhatToChange() {
    assertThat(refusal(Fixtures.GENERATING_POOL))
        .isEqualTo(
            "GatewayNotFound: there is no Gateway edge in namespace infra, which BalancerClass"
                + " public names: create it, or correct spec.gatewayAPI.parentRefs of the class");
    assertThat(refusal(Fixtures.GENERATING_POOL.replace("[https]", "[tls]"), GATEWAY))
        .isEqualTo(
            "NoMatchingParent: Gateway infra/edge has no listener tls, it has http, https: correct"
                + " spec.route.sectionNames");
    assertThat(refusal(Fixtures.GENERATING_POOL.replace("shop.example.com", "shop.test"), GATEWAY))
        .isEqualTo(
            "NoMatchingListenerHostname: no HTTP listener of the class's Gateways serves shop.test;"
                + " they serve [*.example.com]");
    assertThat(refusal(Fixtures.ADOPTING_POOL, GATEWAY))
        .isEqualTo(
            "TargetNotFound: there is no HTTPRoute web in namespace shop: create it, or correct"
                + " spec.targetRefs");
    assertThat(refusal(Fixtures.ADOPTING_POOL.replace("HTTPRoute", "GRPCRoute"), GATEWAY))
        .startsWith("RouteNotSupported: this cluster does not serve GRPCRoutes");
    assertThat(refusal(Fixtures.ADOPTING_POOL.replace("HTTPRoute", "TCPRoute"), GATEWAY))
        .startsWith("RouteNotSupported: gateway.networking.k8s.io TCPRoute cannot be adopted");
    assertThat(
            refusal(
                Fixtures.ADOPTING_POOL,
                GATEWAY,
                Fixtures.route(Fixtures.ADOPTED_ROUTE.replace("name: edge", "name: inner"))))
        .startsWith("NoMatchingParent: HTTPRoute shop/web is not attached to any Gateway");
    assertThat(
            refusal(
                Fixtures.ADOPTING_POOL.replace("shop-green", "shop-red"),
                GATEWAY,
                Fixtures.route(Fixtures.ADOPTED_ROUTE)))
        .startsWith("BackendNotFound: rule main of HTTPRoute shop/web has no backendRef");
    assertThat(
            refusal(
                Fixtures.GENERATING_POOL,
                GATEWAY,
                Fixtures.route(Fixtures.ADOPTED_ROUTE.replace("name: web", "name: shop"))))
        .startsWith("RouteOwnedByOther: HTTPRoute shop/shop exists and it is not of this pool");
    assertThat(refusal(Fixtures.GENERATING_POOL.replace("route:", "other:"), GATEWAY))
        .startsWith("RouteRequired:");
    assertThat(refusal(Fixtures.GENERATING_POOL + "  deletionPolicy: Restore\n", GATEWAY))
        .startsWith("Invalid: deletionPolicy Restore");
  }

  @ParameterizedTest
  @CsvSource({
    "projectcontour.io/gateway-controller, EXACT",
    "gateway.envoyproxy.io/gatewayclass-controller, EXACT",
    "istio.io/gateway-controller, EXACT",
    "traefik.io/gateway-controller, EXACT",
    "gateway.nginx.org/nginx-gateway-controller, FLOOR_HUNDREDTH_PERCENT",
    "konghq.com/kic-gateway-controller, INTEGER_PER_ENDPOINT",
    "unknown.example/controller, EXACT",
  })
  void theControllerDecidesWhatBecomesOfWeights(String controller, Quantisation quantisation) {
    assertThat(
            provider(GATEWAY, Fixtures.gatewayClass(controller))
                .scale(assignment(Fixtures.GENERATING_POOL))
                .quantisation())
        .isEqualTo(quantisation);
  }

  @Test
  void theCoarsestOfSeveralParentsCounts() {
    assertThat(
            Profiles.coarsest(
                List.of("istio.io/x", "konghq.com/kic-gateway-controller", "gateway.nginx.org/x")))
        .isEqualTo(Quantisation.INTEGER_PER_ENDPOINT);
  }

  @Test
  void aProbeLooksForWhatTheListenersLeave() {
    assertThat(provider(GATEWAY).liveTarget(assignment(Fixtures.GENERATING_POOL)))
        .isEqualTo(
            LiveTarget.HttpRoute.of("shop.example.com", new PathMatch(PathMatch.Kind.PREFIX, "/")));
    HTTPRoute anyHost =
        Fixtures.route(
            Fixtures.ADOPTED_ROUTE
                .replace("  hostnames: [web.example.com]\n", "")
                .replace("namespace: infra}", "namespace: infra, sectionName: https}"));
    assertThat(provider(GATEWAY, anyHost).liveTarget(assignment(Fixtures.ADOPTING_POOL)))
        .isEqualTo(
            LiveTarget.HttpRoute.of("*.example.com", new PathMatch(PathMatch.Kind.PREFIX, "/")));
    HTTPRoute everywhere =
        Fixtures.route(Fixtures.ADOPTED_ROUTE.replace("  hostnames: [web.example.com]\n", ""));
    assertThat(provider(GATEWAY, everywhere).liveTarget(assignment(Fixtures.ADOPTING_POOL)))
        .isEqualTo(LiveTarget.HttpRoute.of("", new PathMatch(PathMatch.Kind.PREFIX, "/")));
  }

  @Test
  void aProbeLooksForEachRulesPathsOnItsOwnHostsOnly() {
    HTTPRoute api =
        Fixtures.route(
            Fixtures.ADOPTED_ROUTE
                .replace("name: web,", "name: api,")
                .replace("web.example.com", "api.example.com")
                .replace(
                    "- name: main",
                    "- name: main\n    matches: [{path: {type: PathPrefix, value: /v1}}]"));
    String both =
        Fixtures.ADOPTING_POOL.replace(
            "[{kind", "[{kind: HTTPRoute, name: api, sectionName: main}, {kind");
    assertThat(
            provider(GATEWAY, Fixtures.route(Fixtures.ADOPTED_ROUTE), api)
                .liveTarget(assignment(both)))
        .isEqualTo(
            new LiveTarget.HttpRoute(
                Set.of(
                    new HostMatch("web.example.com", new PathMatch(PathMatch.Kind.PREFIX, "/")),
                    new HostMatch(
                        "api.example.com", new PathMatch(PathMatch.Kind.PREFIX, "/v1")))));
  }

  @Test
  void aProbeLooksForNothingThatIsServedByAnotherClass() {
    HTTPRoute two =
        Fixtures.route(
            Fixtures.ADOPTED_ROUTE
                .replace(
                    "[{name: edge, namespace: infra}]",
                    "[{name: edge, namespace: infra, sectionName: https},"
                        + " {name: inner, namespace: infra}]")
                .replace("[web.example.com]", "[web.example.com, web.internal]"));
    HasMetadata inner =
        Fixtures.gateway(
            Fixtures.GATEWAY.replace("name: edge", "name: inner").replace("*.example.com", "*.x"));
    assertThat(provider(GATEWAY, inner, two).liveTarget(assignment(Fixtures.ADOPTING_POOL)))
        .isEqualTo(
            LiveTarget.HttpRoute.of("web.example.com", new PathMatch(PathMatch.Kind.PREFIX, "/")));
  }

  @Test
  void aRuleWithoutAMatchByPathAloneCannotBeReadInAProxy() {
    HTTPRoute canary =
        Fixtures.route(
            Fixtures.ADOPTED_ROUTE.replace(
                "- name: main",
                "- name: main\n    matches: [{headers: [{name: canary, value: always}]}]"));
    assertThat(provider(GATEWAY, canary).liveTarget(assignment(Fixtures.ADOPTING_POOL)))
        .isEqualTo(
            new LiveTarget.Unreadable(
                "NotSupported",
                "rule main of HTTPRoute shop/web matches by method, headers or query only, and a"
                    + " proxy is read by path: add a match by path alone to have it read"));
    assertThat(provider(GATEWAY).liveTarget(assignment(Fixtures.ADOPTING_POOL)))
        .isInstanceOf(LiveTarget.Unreadable.class);
  }

  @Test
  void whatAPoolDependsOn() {
    String pool =
        Fixtures.GENERATING_POOL.replace("name: shop-blue,", "name: shop-blue, namespace: stock,");
    assertThat(provider(GATEWAY).dependsOn(assignment(pool)))
        .containsExactlyInAnyOrder(
            new ObjectRef("HTTPRoute", "shop", "shop"),
            new ObjectRef("Gateway", "infra", "edge"),
            new ObjectRef("GatewayClass", "", "contour"),
            new ObjectRef("Service", "stock", "shop-blue"),
            new ObjectRef("ReferenceGrant", "stock", "*"),
            new ObjectRef("Service", "shop", "shop-green"));
  }

  private static Declared declared(String pool, HasMetadata... objects) {
    return provider(objects).declared(assignment(pool)).known().orElseThrow();
  }

  @Test
  void declaredOfAnAdoptedRule() {
    Declared declared =
        declared(Fixtures.ADOPTING_POOL, GATEWAY, Fixtures.route(Fixtures.ADOPTED_ROUTE));
    assertThat(declared.present()).isTrue();
    assertThat(declared.owned()).isTrue();
    assertThat(declared.weights()).containsExactly(new TreeMap<>(Map.of("blue", 90, "green", 1)));
    assertThat(declared.acceptance()).isInstanceOf(Declared.Acceptance.Pending.class);
    assertThat(declared.version()).isEqualTo("HTTPRoute shop/web@7");
    assertThat(declared(Fixtures.ADOPTING_POOL, GATEWAY).present()).isFalse();
  }

  @Test
  void anEjectedRouteThatThePoolStillOwnsIsNotAsItShouldBe() {
    HTTPRoute ejected = Fixtures.route(Fixtures.ADOPTED_ROUTE);
    ejected
        .getMetadata()
        .setOwnerReferences(
            List.of(new OwnerReferenceBuilder().withName("shop").withUid("pool-uid").build()));
    assertThat(declared(Fixtures.ADOPTING_POOL, GATEWAY, ejected).otherDifferences())
        .containsExactly(
            "HTTPRoute shop/web still belongs to the pool and would be deleted with it");
  }

  @Test
  void declaredOfAGeneratedRoute() {
    assertThat(declared(Fixtures.GENERATING_POOL, GATEWAY)).isEqualTo(Declared.absent());
    BalancedBackendPool pool = Fixtures.pool(Fixtures.GENERATING_POOL);
    HTTPRoute route =
        GeneratedRoute.desired(
            pool,
            Objects.requireNonNull(pool.getSpec().route()),
            Targets.gateways(Fixtures.balancerClass()),
            Map.of("blue", 3, "green", 2));
    HTTPRoute rival = Fixtures.route(Fixtures.ADOPTED_ROUTE.replace("web.example", "shop.example"));
    rival.getMetadata().setCreationTimestamp("2020-01-01T00:00:00Z");
    Declared declared = declared(Fixtures.GENERATING_POOL, GATEWAY, route, rival);
    assertThat(declared.owned()).isTrue();
    assertThat(declared.weights()).containsExactly(new TreeMap<>(Map.of("blue", 3, "green", 2)));
    assertThat(declared.otherDifferences()).isEmpty();
    assertThat(declared.shadowedBy())
        .hasValueSatisfying(shadow -> {
          assertThat(shadow.route()).isEqualTo("shop/web");
          assertThat(shadow.wins()).isTrue();
        });
    route.getMetadata().setOwnerReferences(List.of());
    assertThat(declared(Fixtures.GENERATING_POOL, GATEWAY, route).owned()).isFalse();
  }

  /** With a thousand routes at a Gateway, a look at each is what a pass costs. */
  @Test
  void routesOfOtherHostsAreNotOpened() {
    HTTPRoute mine = Fixtures.route(Fixtures.ADOPTED_ROUTE);
    for (String host : List.of("[web.example.com]", "['*.example.com']", "[]")) {
      assertThatThrownBy(() -> declared(Fixtures.ADOPTING_POOL, GATEWAY, mine, unopened(host)))
          .as(host)
          .hasMessage("opened");
    }
    assertThat(
            declared(Fixtures.ADOPTING_POOL, GATEWAY, mine, unopened("[other.example.com]"))
                .shadowedBy())
        .isEmpty();
  }

  private static HTTPRoute unopened(String hosts) {
    HTTPRoute route =
        Fixtures.route(
            Fixtures.ADOPTED_ROUTE
                .replace("name: web,", "name: theirs,")
                .replace("[web.example.com]", hosts));
    HTTPRouteSpec closed =
        new HTTPRouteSpec() {
          @Override
          public List<HTTPRouteRule> getRules() {
            throw new IllegalStateException("opened");
          }
        };
    closed.setHostnames(route.getSpec().getHostnames());
    closed.setParentRefs(route.getSpec().getParentRefs());
    route.setSpec(closed);
    return route;
  }

  @Test
  void aGeneratedRouteIsHeldForARolloutOnly() {
    BalancedBackendPool pool = Fixtures.pool(Fixtures.GENERATING_POOL);
    HTTPRoute route =
        GeneratedRoute.desired(
            pool,
            Objects.requireNonNull(pool.getSpec().route()),
            Targets.gateways(Fixtures.balancerClass()),
            Map.of("blue", 3, "green", 2));
    route.getMetadata().setAnnotations(Map.of("argocd.argoproj.io/tracking-id", "shop"));
    assertThat(declared(Fixtures.GENERATING_POOL, GATEWAY, route).foreignOwner()).isEmpty();
    route.getMetadata().getLabels().put("rollouts.argoproj.io/gatewayapi-canary", "in-progress");
    assertThat(declared(Fixtures.GENERATING_POOL, GATEWAY, route).foreignOwner())
        .map(Declared.ForeignOwner::yielding)
        .contains(true);
  }

  @Test
  void writesThatCannotBeAreRefusedBeforeTheyAreSent() {
    Write zero = declare(Map.of("other", 1));
    assertThat(provider(GATEWAY).apply(assignment(Fixtures.GENERATING_POOL), zero))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.reason()).isEqualTo("AllZero"));
    assertThat(
            provider(GATEWAY, Fixtures.route(Fixtures.ADOPTED_ROUTE))
                .apply(assignment(Fixtures.ADOPTING_POOL), declare(Map.of("blue", 90, "green", 1))))
        .isEqualTo(new Outcome.Unchanged());
  }

  private static Write declare(Map<String, Integer> weights) {
    return new Write.Declare(new Weights.PerBackend(new TreeMap<>(weights)));
  }
}
