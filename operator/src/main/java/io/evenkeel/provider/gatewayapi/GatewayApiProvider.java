package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;
import static io.evenkeel.provider.gatewayapi.RouteView.or;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.ParentRef;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.api.v1alpha1.WellKnown;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.Declared.Acceptance;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveTarget.PathMatch;
import io.evenkeel.core.read.Reading;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom.Context;
import io.evenkeel.provider.gatewayapi.Parents.Attachment;
import io.evenkeel.provider.gatewayapi.RouteView.Rule;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The only class of this room that talks to the API server; what it sends and concludes comes from
 * the codecs beside it.
 */
final class GatewayApiProvider implements Provider {
  private static final PatchContext JSON_PATCH =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON)
          .withFieldManager(WellKnown.FIELD_MANAGER)
          .build();

  private final Context context;
  private final Targets targets;

  GatewayApiProvider(Context context, boolean grpcServed) {
    this.context = context;
    this.targets = new Targets(context.caches(), grpcServed);
  }

  @Override
  public String name() {
    return GatewayApiRoom.NAME;
  }

  @Override
  public Optional<Outcome.Refused> check(Assignment assignment) {
    return Checks.check(assignment.pool(), assignment.balancerClass(), targets);
  }

  @Override
  public Scale scale(Assignment assignment) {
    List<String> controllers =
        Targets.gateways(assignment.balancerClass()).stream()
            .flatMap(ref -> targets.gateway(ref.namespace(), ref.name()).stream())
            .flatMap(gateway -> targets.controller(gateway).stream())
            .toList();
    return new Scale(
        Scale.GATEWAY_API.granularity(), Scale.GATEWAY_API.max(), Profiles.coarsest(controllers));
  }

  @Override
  public Reading<Declared> declared(Assignment assignment) {
    Route route = assignment.pool().getSpec().route();
    Declared declared =
        route != null ? declaredByGenerated(assignment, route) : declaredByAdopted(assignment);
    return new Reading.Known<>(declared, context.clock().instant());
  }

  private Declared declaredByGenerated(Assignment assignment, Route route) {
    BalancedBackendPool pool = assignment.pool();
    Optional<HTTPRoute> found = cached(pool);
    if (found.isEmpty()) {
      return Declared.absent();
    }
    HTTPRoute actual = found.get();
    List<ParentRef> gateways = Targets.gateways(assignment.balancerClass());
    HTTPRoute desired = GeneratedRoute.desired(pool, route, gateways, Map.of());
    RouteView view = RouteView.of(actual);
    boolean ours = GeneratedRoute.isOf(actual, pool);
    return new Declared(
        true,
        ours,
        view.rules().stream().limit(1).map(rule -> Targets.weights(pool, rule)).toList(),
        ours ? GeneratedRoute.differences(desired, actual) : List.of(),
        Acceptances.of(
            view,
            Parents.of(desired.getSpec().getParentRefs(), view.namespace()),
            targets::controller),
        Owners.lastWriter(actual),
        Owners.foreignOwner(view, Optional.empty()),
        shadow(view, view.rules(), Set.of(view.name())),
        or(actual.getMetadata().getResourceVersion(), ""));
  }

  private Declared declaredByAdopted(Assignment assignment) {
    BalancedBackendPool pool = assignment.pool();
    List<AdoptedRule> rules;
    switch (targets.rules(pool)) {
      case Targets.Rules.Not(Outcome.Refused why) -> {
        return new Declared(
            false,
            false,
            List.of(),
            List.of(),
            new Acceptance.Refused(why.reason(), why.message()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "");
      }
      case Targets.Rules.All(List<AdoptedRule> all) -> rules = all;
    }
    List<SortedMap<String, Integer>> weights =
        rules.stream().map(rule -> Targets.weights(pool, rule.rule())).toList();
    Collection<List<AdoptedRule>> routes = byRoute(rules);
    Set<String> own =
        routes.stream()
            .map(each -> each.getFirst().route())
            .filter(route -> route.kind().equals("HTTPRoute"))
            .map(RouteView::name)
            .collect(Collectors.toSet());
    return new Declared(
        true,
        true,
        weights,
        List.of(),
        routes.stream()
            .map(each -> each.getFirst().route())
            .<Acceptance>map(route ->
                Acceptances.of(
                    route,
                    Targets.parentsInClass(route, assignment.balancerClass()),
                    targets::controller))
            .collect(Collectors.collectingAndThen(Collectors.toList(), Acceptances::worst)),
        routes.stream()
            .flatMap(each -> Owners.lastWriter(each.getFirst().route().object()).stream())
            .max(Comparator.comparing(Declared.Writer::time)),
        rules.stream()
            .flatMap(each -> Owners.foreignOwner(each.route(), each.rule().name()).stream())
            .min(Comparator.comparing(owner -> !owner.yielding())),
        routes.stream()
            .flatMap(each ->
                shadow(each.getFirst().route(), each.stream().map(AdoptedRule::rule).toList(), own)
                    .stream())
            .min(Comparator.comparing(shadow -> !shadow.wins())),
        routes.stream()
            .map(each -> each.getFirst().route())
            .map(route -> route + "@" + route.object().getMetadata().getResourceVersion())
            .collect(Collectors.joining(" ")));
  }

  /**
   * HTTPRoutes against HTTPRoutes; how a GRPCRoute and an HTTPRoute share a hostname is up to the
   * implementation.
   */
  private Optional<Declared.Shadow> shadow(RouteView mine, List<Rule> rules, Set<String> own) {
    if (!mine.kind().equals("HTTPRoute")) {
      return Optional.empty();
    }
    Set<String> gateways =
        Parents.of(mine).stream()
            .map(parent -> parent.namespace() + "/" + parent.name())
            .collect(Collectors.toSet());
    Stream<RouteView> others =
        context
            .caches()
            .all(HTTPRoute.class)
            .filter(route ->
                route.getSpec() != null
                    && Parents.share(
                        list(route.getSpec().getParentRefs()),
                        route.getMetadata().getNamespace(),
                        gateways))
            .filter(route ->
                !(mine.namespace().equals(route.getMetadata().getNamespace())
                    && own.contains(route.getMetadata().getName())))
            .map(RouteView::of);
    return Shadows.find(mine, rules, others, targets::gateway);
  }

  @Override
  public LiveTarget liveTarget(Assignment assignment) {
    BalancedBackendPool pool = assignment.pool();
    Route route = pool.getSpec().route();
    if (route != null) {
      RouteView view =
          RouteView.of(
              GeneratedRoute.desired(
                  pool, route, Targets.gateways(assignment.balancerClass()), Map.of()));
      return live(List.of(new AdoptedRule(view, view.rules().getFirst())));
    }
    return switch (targets.rules(pool)) {
      case Targets.Rules.All(List<AdoptedRule> rules) -> live(rules);
      case Targets.Rules.Not not -> new LiveTarget.HttpRoute(List.of(), List.of());
    };
  }

  /**
   * The domains that the listeners leave of the hostnames; every domain when nothing limits them.
   */
  private LiveTarget live(List<AdoptedRule> rules) {
    Set<String> hosts = new LinkedHashSet<>();
    Set<PathMatch> matches = new LinkedHashSet<>();
    for (AdoptedRule each : rules) {
      List<Attachment> listeners = Parents.attachments(Parents.of(each.route()), targets::gateway);
      List<String> served =
          listeners.stream()
              .flatMap(listener ->
                  Hostnames.effective(each.route().hostnames(), listener.hostname()).stream())
              .toList();
      hosts.addAll(served.isEmpty() ? each.route().hostnames() : served);
      List<RouteMatch> all = each.rule().matches();
      List<RouteMatch> plain = all.stream().filter(RouteMatch::pathOnly).toList();
      (plain.isEmpty() ? all : plain)
          .forEach(match -> matches.add(new PathMatch(match.path().kind(), match.path().value())));
    }
    return new LiveTarget.HttpRoute(
        hosts.contains("") ? List.of() : List.copyOf(hosts), List.copyOf(matches));
  }

  /**
   * The pool's routes, Gateways, GatewayClasses and Services by name; the ReferenceGrants of a
   * namespace all together, under the name {@code *}, because any of them may permit a reference.
   */
  @Override
  public Set<ObjectRef> dependsOn(Assignment assignment) {
    Set<ObjectRef> refs = new HashSet<>();
    BalancedBackendPool pool = assignment.pool();
    String namespace = pool.getMetadata().getNamespace();
    if (pool.getSpec().route() != null) {
      refs.add(new ObjectRef("HTTPRoute", namespace, pool.getMetadata().getName()));
    }
    for (TargetRef ref : pool.getSpec().targetRefs()) {
      refs.add(new ObjectRef(ref.kind(), namespace, ref.name()));
    }
    for (ParentRef ref : Targets.gateways(assignment.balancerClass())) {
      refs.add(new ObjectRef("Gateway", ref.namespace(), ref.name()));
      targets
          .gateway(ref.namespace(), ref.name())
          .map(gateway -> gateway.getSpec().getGatewayClassName())
          .ifPresent(name -> refs.add(new ObjectRef("GatewayClass", "", name)));
    }
    for (Target target : Targets.backends(pool).values()) {
      refs.add(new ObjectRef("Service", target.namespace(), target.name()));
      if (!target.namespace().equals(namespace)) {
        refs.add(new ObjectRef(ReferenceGrant.class.getSimpleName(), target.namespace(), "*"));
      }
    }
    return Set.copyOf(refs);
  }

  @Override
  public Outcome apply(Assignment assignment, Write write) {
    if (!(write instanceof Write.Declare(Weights.PerBackend(SortedMap<String, Integer> weights)))) {
      return new Outcome.Refused(
          Reasons.NOT_SUPPORTED,
          "routes carry weights per backend only; their proxies are programmed by the Gateway's"
              + " controller");
    }
    BalancedBackendPool pool = assignment.pool();
    if (Targets.backends(pool).keySet().stream().allMatch(b -> weights.getOrDefault(b, 0) == 0)) {
      return new Outcome.Refused(Reasons.ALL_ZERO, "no backend of the pool would get a request");
    }
    Route route = pool.getSpec().route();
    return route != null ? applyGenerated(assignment, route, weights) : applyAdopted(pool, weights);
  }

  private Outcome applyGenerated(
      Assignment assignment, Route route, SortedMap<String, Integer> weights) {
    BalancedBackendPool pool = assignment.pool();
    HTTPRoute desired =
        GeneratedRoute.desired(pool, route, Targets.gateways(assignment.balancerClass()), weights);
    Optional<HTTPRoute> found = cached(pool);
    if (found.isPresent()) {
      HTTPRoute actual = found.get();
      if (!GeneratedRoute.isOf(actual, pool)) {
        return Checks.ownedByOther(actual, pool);
      }
      if (GeneratedRoute.same(desired, actual)) {
        return new Outcome.Unchanged();
      }
      desired.getMetadata().setUid(actual.getMetadata().getUid());
      desired.getMetadata().setResourceVersion(actual.getMetadata().getResourceVersion());
    } else {
      // No object has this version: the API server creates one, and refuses to touch one that is
      // there already.
      desired.getMetadata().setResourceVersion("1");
    }
    return write(() ->
        applied(
            "HTTPRoute " + assignment.id() + " " + weights,
            context
                .client()
                .resource(desired)
                .fieldManager(WellKnown.FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply()));
  }

  private Outcome applyAdopted(BalancedBackendPool pool, SortedMap<String, Integer> weights) {
    Map<String, Target> backends = Targets.backends(pool);
    Map<Target, Integer> byTarget = new LinkedHashMap<>();
    backends.forEach((name, target) -> byTarget.put(target, weights.getOrDefault(name, 0)));
    return switch (targets.rules(pool)) {
      case Targets.Rules.Not(Outcome.Refused why) -> why;
      case Targets.Rules.All(List<AdoptedRule> rules) -> {
        for (AdoptedRule rule : rules) {
          Optional<Outcome.Refused> refused = rule.check(backends);
          if (refused.isPresent()) {
            yield refused.get();
          }
        }
        yield patchEach(byRoute(rules), byTarget);
      }
    };
  }

  /**
   * Stops at the first route that could not be written; what was written stays and is not written
   * again.
   */
  private Outcome patchEach(Collection<List<AdoptedRule>> routes, Map<Target, Integer> weights) {
    List<String> what = new ArrayList<>();
    String version = "";
    for (List<AdoptedRule> rules : routes) {
      Optional<String> patch = AdoptedRule.patch(rules, weights);
      if (patch.isPresent()) {
        String names = rules.stream().map(AdoptedRule::toString).collect(Collectors.joining(", "));
        switch (patch(rules.getFirst().route().object(), patch.get(), names)) {
          case Outcome.Applied applied -> {
            what.add(applied.what());
            version = applied.version();
          }
          case Outcome other -> {
            return other;
          }
        }
      }
    }
    return what.isEmpty()
        ? new Outcome.Unchanged()
        : new Outcome.Applied(String.join("; ", what), version);
  }

  @Override
  public Outcome release(Assignment assignment) {
    BalancedBackendPool pool = assignment.pool();
    return pool.getSpec().route() != null ? releaseGenerated(pool) : releaseAdopted(pool);
  }

  /** Reads the API server, not the cache: what is gone from a cache may still be there. */
  private Outcome releaseGenerated(BalancedBackendPool pool) {
    var metadata = pool.getMetadata();
    return write(() -> {
      HTTPRoute found =
          context
              .client()
              .resources(HTTPRoute.class)
              .inNamespace(metadata.getNamespace())
              .withName(metadata.getName())
              .get();
      if (found == null || !GeneratedRoute.isOf(found, pool)) {
        return new Outcome.Unchanged();
      }
      String name = "HTTPRoute " + metadata.getNamespace() + "/" + metadata.getName();
      DeletionPolicy policy = pool.getSpec().deletionPolicy();
      if (policy == null || policy == DeletionPolicy.Delete) {
        if (found.getMetadata().getDeletionTimestamp() != null) {
          return new Outcome.Unchanged();
        }
        context.client().resource(found).lockResourceVersion().delete();
        return new Outcome.Applied(name + " deleted", "");
      }
      return surrender(found, Optional.of(metadata.getUid()), name);
    });
  }

  /** Weights stay, whatever the policy says: what was not created here is not deleted here. */
  private Outcome releaseAdopted(BalancedBackendPool pool) {
    return write(() -> {
      List<String> what = new ArrayList<>();
      for (TargetRef ref : Set.copyOf(pool.getSpec().targetRefs())) {
        Class<? extends HasMetadata> type =
            ref.kind().equals("GRPCRoute") ? GRPCRoute.class : HTTPRoute.class;
        if (type == GRPCRoute.class && !targets.grpcServed()) {
          continue;
        }
        HasMetadata found =
            context
                .client()
                .resources(type)
                .inNamespace(pool.getMetadata().getNamespace())
                .withName(ref.name())
                .get();
        if (found != null) {
          switch (surrender(found, Optional.empty(), ref.kind() + " " + ref.name())) {
            case Outcome.Applied applied -> what.add(applied.what());
            case Outcome.Unchanged unchanged -> {}
            case Outcome other -> {
              return other;
            }
          }
        }
      }
      return what.isEmpty()
          ? new Outcome.Unchanged()
          : new Outcome.Applied(String.join("; ", what), "");
    });
  }

  private Outcome surrender(HasMetadata route, Optional<String> poolUid, String name) {
    return Surrender.patch(route, poolUid)
        .map(patch -> patch(route, patch, name + " left to its team"))
        .orElseGet(Outcome.Unchanged::new);
  }

  private Outcome patch(HasMetadata route, String patch, String what) {
    return write(() -> applied(what, context.client().resource(route).patch(JSON_PATCH, patch)));
  }

  private static Outcome applied(String what, HasMetadata after) {
    return new Outcome.Applied(what, or(after.getMetadata().getResourceVersion(), ""));
  }

  private Outcome write(Supplier<Outcome> write) {
    if (!context.mayWrite()) {
      return new Outcome.Failed("this process may not write any more: its lease has run out");
    }
    try {
      return write.get();
    } catch (KubernetesClientException e) {
      return Errors.outcome(e);
    }
  }

  private Optional<HTTPRoute> cached(BalancedBackendPool pool) {
    return context
        .caches()
        .get(HTTPRoute.class, pool.getMetadata().getNamespace(), pool.getMetadata().getName());
  }

  private static Collection<List<AdoptedRule>> byRoute(List<AdoptedRule> rules) {
    return rules.stream()
        .collect(
            Collectors.groupingBy(
                rule -> rule.route().toString(), LinkedHashMap::new, Collectors.toList()))
        .values();
  }
}
