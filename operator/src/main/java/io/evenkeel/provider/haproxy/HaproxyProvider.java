package io.evenkeel.provider.haproxy;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.DeletionPolicy;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec.OnDrain;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.HAProxy;
import io.evenkeel.api.v1alpha1.BalancerClassSpec.Membership;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.provider.Assignment;
import io.evenkeel.provider.Outcome;
import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom.Context;
import io.evenkeel.wire.Dialer;
import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a pool's weights, or its servers too, into the backend section of that pool in each
 * replica.
 */
final class HaproxyProvider implements Provider {
  static final String NAME = "HAProxy";

  /** Read, write, read back; twice more when somebody else writes at the same time. */
  private static final int ROUNDS = 4;

  private static final int LOCKS = 64;
  private final Context context;
  private final Predicate<Address> reachable;
  private final Leavers leavers;
  private final AtomicLong names;
  private final List<Lock> locks = Stream.<Lock>generate(ReentrantLock::new).limit(LOCKS).toList();

  /**
   * @param reachable addresses that may be written into a proxy at all
   */
  HaproxyProvider(Context context, Predicate<Address> reachable, Leavers leavers) {
    this.context = context;
    this.reachable = reachable;
    this.leavers = leavers;
    // Two operators never start within the same millisecond and hold the lease: names do not come
    // back.
    this.names = new AtomicLong(context.clock().millis() << 16);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<Outcome.Refused> check(Assignment assignment) {
    HAProxy settings = settings(assignment);
    if (settings == null) {
      return Optional.of(
          new Outcome.Refused(
              Reasons.CLASS_INCOMPLETE, "the class has no block spec.haproxy: add one"));
    }
    String backend = backend(assignment);
    return Command.isName(backend)
        ? Optional.empty()
        : Optional.of(
            new Outcome.Refused(
                Reasons.BACKEND_NAME_INVALID,
                "the class's haproxy.backendName gives a name that HAProxy does not take: use"
                    + " letters, digits, dots, colons, dashes and underscores, at most 256"));
  }

  @Override
  public Scale scale(Assignment assignment) {
    return Scale.HAPROXY;
  }

  @Override
  public Reading<Declared> declared(Assignment assignment) {
    return new Reading.NotSupported<>(
        Reasons.PROXIES_HOLD_WEIGHTS,
        "no object declares these weights: the proxies are the only place");
  }

  @Override
  public Reach reach(Assignment assignment) {
    return ownsServers(assignment) ? Reach.MEMBERS : Reach.WEIGHTS;
  }

  @Override
  public LiveTarget liveTarget(Assignment assignment) {
    return new LiveTarget.NamedBackend(backend(assignment));
  }

  @Override
  public Set<ObjectRef> dependsOn(Assignment assignment) {
    return Set.of();
  }

  @Override
  public Outcome apply(Assignment assignment, Write write) {
    Optional<Outcome.Refused> refused = check(assignment);
    if (refused.isPresent()) {
      return refused.get();
    }
    return switch (write) {
      case Write.Program(
              ReplicaId replica,
              Weights.PerEndpoint(SortedMap<EndpointId, Integer> w)) ->
          program(assignment, replica, w);
      case Write.Program _ ->
          new Outcome.Refused(Reasons.WRONG_GRANULARITY, "HAProxy takes weights for each endpoint");
      case Write.Declare _ ->
          new Outcome.Refused(
              Reasons.NOTHING_DECLARES, "HAProxy's weights are written to its replicas");
    };
  }

  /**
   * Weights stay as they are, and so do servers, unless Evenkeel owns the servers and the pool says
   * {@code deletionPolicy: Delete}: then they leave gracefully.
   */
  @Override
  public Outcome release(Assignment assignment) {
    if (check(assignment).isPresent()
        || !ownsServers(assignment)
        || assignment.pool().getSpec().deletionPolicy() != DeletionPolicy.Delete) {
      return new Outcome.Unchanged();
    }
    Outcome result = new Outcome.Unchanged();
    String className = assignment.balancerClass().getMetadata().getName();
    for (ReplicaId replica : context.replicas().of(className)) {
      switch (program(assignment, replica, new TreeMap<>())) {
        case Outcome.Applied applied -> result = applied;
        case Outcome.Failed failed -> {
          return failed;
        }
        case Outcome.Unchanged _, Outcome.Conflict _, Outcome.Refused _ -> {}
      }
    }
    return result;
  }

  private Outcome program(
      Assignment assignment, ReplicaId id, SortedMap<EndpointId, Integer> weights) {
    Optional<Dialer> dialer = context.replicas().dialer(id);
    if (dialer.isEmpty()) {
      return new Outcome.Failed("no class names the replica " + id + " any more");
    }
    String backend = backend(assignment);
    Replica replica = Replica.of(dialer.get(), backend, context::mayWrite);
    Lock lock = locks.get(Math.floorMod((id + "/" + backend).hashCode(), LOCKS));
    lock.lock();
    try {
      Outcome outcome = converge(assignment, replica, weights);
      if (ownsServers(assignment) && outcome instanceof Outcome.Applied) {
        leavers.attend(replica, lock);
      }
      return outcome;
    } catch (IOException failure) {
      return new Outcome.Failed(id + ": " + failure.getMessage());
    } finally {
      lock.unlock();
    }
  }

  private Outcome converge(
      Assignment assignment, Replica replica, SortedMap<EndpointId, Integer> weights)
      throws IOException {
    List<Endpoint> endpoints = endpoints(assignment);
    ServerPlan.Wish wish =
        new ServerPlan.Wish(
            replica.backend(),
            ownsServers(assignment),
            assignment.pool().getSpec().correction().onDrain() == OnDrain.Respect,
            weights,
            mayAdd(assignment),
            () -> ServerPlan.OWN_PREFIX + Long.toString(names.incrementAndGet(), 36));
    List<String> told = List.of();
    List<String> said = List.of();
    for (int round = 0; round < ROUNDS; round++) {
      Optional<Replica.Seen> seen = replica.look();
      if (seen.isEmpty()) {
        return new Outcome.Refused(
            Reasons.BACKEND_NOT_FOUND,
            replica.api().dialer().describe()
                + " has no backend \""
                + replica.backend()
                + "\": add the section to haproxy.cfg and reload");
      }
      Optional<Outcome.Refused> unfit = unfit(replica, seen.get());
      if (unfit.isPresent()) {
        return unfit.get();
      }
      ServerPlan plan = ServerPlan.of(wish, endpoints, seen.get().servers());
      if (!weights.isEmpty() && plan.targetWeight() == 0 && plan.respected().isEmpty()) {
        return new Outcome.Refused(
            Reasons.NO_SERVER_MATCHES,
            "no server of backend \""
                + replica.backend()
                + "\" has an address of this pool: nothing written");
      }
      if (plan.isEmpty()) {
        return done(replica, plan, told);
      }
      if (round == 0) {
        told = plan.told();
      }
      said = replica.carryOut(plan);
    }
    return new Outcome.Failed(
        "backend \"" + replica.backend() + "\" did not take the weights; HAProxy said: " + said);
  }

  /** Something that was written is Applied, also where endpoints are left without a server. */
  private static Outcome done(Replica replica, ServerPlan plan, List<String> told) {
    String written = String.join(", ", told.stream().limit(20).toList());
    if (plan.missing().isEmpty()) {
      return told.isEmpty() ? new Outcome.Unchanged() : new Outcome.Applied(written, "");
    }
    String missing =
        "backend \""
            + replica.backend()
            + "\" has no server for "
            + String.join(", ", plan.missing().stream().limit(5).toList())
            + (plan.missing().size() > 5 ? " and " + (plan.missing().size() - 5) + " more" : "");
    return told.isEmpty()
        ? new Outcome.Refused(
            Reasons.ENDPOINT_MISSING, missing + "; the servers it has got their weights")
        : new Outcome.Applied(written + "; " + missing, "");
  }

  private static Optional<Outcome.Refused> unfit(Replica replica, Replica.Seen seen) {
    // Weights of these cannot change at run time, or do not decide; leastconn and random take them.
    if (!Set.of("roundrobin", "leastconn", "random", "unknown").contains(seen.algorithm())) {
      return Optional.of(
          new Outcome.Refused(
              Reasons.ALGORITHM_NOT_SUPPORTED,
              "backend \""
                  + replica.backend()
                  + "\" balances by \""
                  + seen.algorithm()
                  + "\", where weights cannot be set at run time or do not decide: use balance"
                  + " roundrobin"));
    }
    return seen.servers().stream()
        .filter(Server::agentChecked)
        .findFirst()
        .map(server ->
            new Outcome.Refused(
                Reasons.AGENT_CHECKED,
                "server "
                    + server.name()
                    + " of backend \""
                    + replica.backend()
                    + "\" has an agent that sets its weight: remove agent-check"));
  }

  private Predicate<Endpoint> mayAdd(Assignment assignment) {
    boolean custom = assignment.balancerClass().getSpec().policy().allowCustomEndpoints();
    return endpoint -> (endpoint.managed() || custom) && reachable.test(endpoint.primary());
  }

  private static List<Endpoint> endpoints(Assignment assignment) {
    return assignment.backends().stream()
        .flatMap(backend ->
            backend instanceof Backend.Resolved resolved
                ? resolved.endpoints().stream()
                : Stream.<Endpoint>empty())
        .toList();
  }

  private static boolean ownsServers(Assignment assignment) {
    HAProxy settings = settings(assignment);
    return settings != null && settings.membership() == Membership.Evenkeel;
  }

  private static String backend(Assignment assignment) {
    HAProxy settings = settings(assignment);
    return settings == null
        ? ""
        : settings.backendNameOf(assignment.id().namespace(), assignment.id().name());
  }

  private static @Nullable HAProxy settings(Assignment assignment) {
    return assignment.balancerClass().getSpec().haproxy();
  }
}
