package io.evenkeel.provider.gatewayapi;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.Route;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.api.v1alpha1.WellKnown;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.ProviderRoom.Context;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Gives weights to the routes of a pool, and leaves them when the pool goes. The only class of this
 * room that talks to the API server; what it sends comes from the codecs beside it.
 */
record RouteWriter(Context context, Targets targets) {
  private static final PatchContext JSON_PATCH =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON)
          .withFieldManager(WellKnown.FIELD_MANAGER)
          .build();

  Outcome apply(Assignment assignment, Write write) {
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
    Optional<HTTPRoute> found = targets.namesake(pool);
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
        yield patchEach(AdoptedRule.byRoute(rules), byTarget, pool.getMetadata().getUid());
      }
    };
  }

  /**
   * Stops at the first route that could not be written; what was written stays and is not written
   * again.
   */
  private Outcome patchEach(
      Collection<List<AdoptedRule>> routes, Map<Target, Integer> weights, String poolUid) {
    List<String> what = new ArrayList<>();
    List<String> versions = new ArrayList<>();
    for (List<AdoptedRule> rules : routes) {
      Optional<String> patch = AdoptedRule.patch(rules, weights, poolUid);
      if (patch.isPresent()) {
        String names = rules.stream().map(AdoptedRule::toString).collect(Collectors.joining(", "));
        switch (patch(rules.getFirst().route().object(), patch.get(), names)) {
          case Outcome.Applied applied -> {
            what.add(applied.what());
            versions.add(applied.version());
          }
          case Outcome other -> {
            return other;
          }
        }
      }
    }
    return what.isEmpty()
        ? new Outcome.Unchanged()
        : new Outcome.Applied(String.join("; ", what), String.join(Declared.BETWEEN, versions));
  }

  Outcome release(Assignment assignment) {
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
      return surrender(found, metadata.getUid(), name);
    });
  }

  /**
   * Weights stay, whatever the policy says: what was not created here is not deleted here. A route
   * that was generated first and then ejected is the team's now, so the pool's ownership goes too.
   */
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
          switch (surrender(found, pool.getMetadata().getUid(), ref.kind() + " " + ref.name())) {
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

  private Outcome surrender(HasMetadata route, String poolUid, String name) {
    return Surrender.patch(route, poolUid)
        .map(patch -> patch(route, patch, name + " left to its team"))
        .orElseGet(Outcome.Unchanged::new);
  }

  private Outcome patch(HasMetadata route, String patch, String what) {
    return write(() -> applied(what, context.client().resource(route).patch(JSON_PATCH, patch)));
  }

  private static Outcome applied(String what, HasMetadata after) {
    return new Outcome.Applied(what, RouteView.version(after));
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
}
