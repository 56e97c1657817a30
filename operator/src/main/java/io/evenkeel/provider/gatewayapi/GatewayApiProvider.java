package io.evenkeel.provider.gatewayapi;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.TargetRef;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.ParentRef;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.Reading;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom.Context;
import io.evenkeel.provider.gatewayapi.RouteView.Target;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The room's door: hands each question to whoever answers it. */
final class GatewayApiProvider implements Provider {
  private final InstantSource clock;
  private final Targets targets;
  private final RouteReader reader;
  private final RouteWriter writer;
  private final LiveTargets liveTargets;

  GatewayApiProvider(Context context, boolean grpcServed) {
    this.clock = context.clock();
    this.targets = new Targets(context.caches(), grpcServed);
    this.reader = new RouteReader(targets);
    this.writer = new RouteWriter(context, targets);
    this.liveTargets = new LiveTargets(targets);
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
    return new Reading.Known<>(reader.read(assignment), clock.instant());
  }

  @Override
  public LiveTarget liveTarget(Assignment assignment) {
    return liveTargets.of(assignment);
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
    return writer.apply(assignment, write);
  }

  @Override
  public Outcome release(Assignment assignment) {
    return writer.release(assignment);
  }
}
