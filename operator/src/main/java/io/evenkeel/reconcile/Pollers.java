package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.probe.Probe;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread for each proxy replica: at every interval a fingerprint, and a full read on change,
 * when asked, and every minute. A slow replica delays nobody but itself.
 */
public final class Pollers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pollers.class);
  private static final Duration FULL_READ = Duration.ofSeconds(60);

  private record Wanted(String className, LiveTarget target) {}

  private final Map<String, Probe> probes;
  private final ReplicaRegistry registry;
  private final InstantSource clock;
  private final Consumer<PoolId> push;
  private final Map<PoolId, Wanted> wanted = new ConcurrentHashMap<>();
  private final Map<ReplicaId, Poller> pollers = new ConcurrentHashMap<>();

  /**
   * @param push told of each pool of which a reading changed
   */
  public Pollers(
      List<Probe> probes, ReplicaRegistry registry, InstantSource clock, Consumer<PoolId> push) {
    Map<String, Probe> byName = new HashMap<>();
    probes.forEach(probe -> byName.put(probe.name(), probe));
    this.probes = Map.copyOf(byName);
    this.registry = registry;
    this.clock = clock;
    this.push = push;
  }

  /** Starts and stops pollers so that there is one for each member. */
  public synchronized void sync(Map<ReplicaId, ReplicaRegistry.Member> members) {
    pollers.forEach((id, poller) -> {
      ReplicaRegistry.Member member = members.get(id);
      if (member == null || !poller.sameWay(member)) {
        poller.stop();
        pollers.remove(id);
        pushAll(poller.member.className());
      }
    });
    members.forEach((id, member) -> {
      Poller poller = pollers.get(id);
      if (poller == null) {
        Poller started = new Poller(member);
        pollers.put(id, started);
        started.thread = Thread.ofVirtual().name("poll " + id).start(started);
      } else if (poller.member.counted() != member.counted()) {
        poller.member = member;
        pushAll(member.className());
      } else {
        poller.member = member;
      }
    });
  }

  private void pushAll(String className) {
    wanted.forEach((pool, w) -> {
      if (w.className().equals(className)) {
        push.accept(pool);
      }
    });
  }

  /** From now on every replica of the class is asked for the target of this pool. */
  public void want(PoolId pool, String className, LiveTarget target) {
    Wanted now = new Wanted(className, target);
    if (!now.equals(wanted.put(pool, now))) {
      pollers.values().stream()
          .filter(p -> p.member.className().equals(className))
          .forEach(p -> p.hurry(pool));
    }
  }

  public void forget(PoolId pool) {
    wanted.remove(pool);
  }

  /** A full read of one replica as soon as it can be; the pool waits for it. */
  public void readAgain(ReplicaId replica, PoolId pool) {
    Optional.ofNullable(pollers.get(replica)).ifPresent(poller -> poller.hurry(pool));
  }

  /** What each expected replica says of one pool. */
  public List<ReplicaReading> readings(PoolId pool, String className, Gather.Room room) {
    Wanted target = wanted.get(pool);
    return registry.members(className).stream()
        .map(member -> {
          Reach reach =
              room.provider().name().equals(member.fleet().probe().name())
                  ? room.provider().reach(room.assignment())
                  : Reach.NONE;
          Poller poller = pollers.get(member.id());
          Seen seen = poller == null || target == null ? null : poller.seen(target.target());
          return seen == null
              ? new ReplicaReading(
                  member.id(),
                  member.counted(),
                  reach,
                  clock.instant(),
                  new Reading.Unknown<>(
                      ReplicaReading.NOT_READ_YET,
                      "replica " + member.id().name() + " was not read yet"))
              : new ReplicaReading(
                  member.id(), member.counted(), reach, seen.changedAt(), seen.view());
        })
        .toList();
  }

  /** What to write instead of a probe that this build does not have, if a fleet names one. */
  public Optional<String> unreadable(BalancerClassSpec spec) {
    return Optional.ofNullable(spec.live()).stream()
        .flatMap(live -> live.fleets().stream())
        .filter(fleet -> !probes.containsKey(fleet.probe().name()))
        .findFirst()
        .map(this::unreadable);
  }

  private String unreadable(BalancerClassSpec.Fleet fleet) {
    return "this build has no probe %s, so the proxies of fleet %s are not read: write one of %s, or take the fleet out of spec.live.fleets"
        .formatted(fleet.probe(), fleet.name(), String.join(", ", new TreeSet<>(probes.keySet())));
  }

  /** How long ago, at most, a change had been made when it was seen in a replica. */
  public Optional<Duration> unseen(PoolId pool, ReplicaId replica) {
    Wanted target = wanted.get(pool);
    Poller poller = pollers.get(replica);
    return target == null || poller == null
        ? Optional.empty()
        : Optional.ofNullable(poller.seen(target.target())).flatMap(Seen::unseen);
  }

  /** When every replica was last read, for health and metrics; empty when one never was. */
  public Map<ReplicaId, Health> health(String className) {
    Map<ReplicaId, Health> result = new HashMap<>();
    pollers.forEach((id, poller) -> {
      if (poller.member.className().equals(className)) {
        result.put(id, poller.health);
      }
    });
    return result;
  }

  /** Whether the last conversation with a replica succeeded. */
  public record Health(boolean healthy, String error, Optional<Instant> lastSuccess) {
    private static final Health UNREAD = new Health(false, "not read yet", Optional.empty());
  }

  /**
   * Whether a replica of the class has neither answered nor failed to since this process started;
   * over within the fleet's timeout.
   */
  public boolean beginning(String className) {
    return registry.members(className).stream()
        .map(member -> pollers.get(member.id()))
        .anyMatch(poller -> poller == null || poller.health.equals(Health.UNREAD));
  }

  /**
   * @param unseen how long nobody had looked when the change was seen: it is not older than that;
   *     empty when it is the first look
   */
  private record Seen(Reading<LiveView> view, Instant changedAt, Optional<Duration> unseen) {}

  private final class Poller implements Runnable {
    private volatile ReplicaRegistry.Member member;
    private final Map<LiveTarget, Seen> seen = new ConcurrentHashMap<>();
    private final Semaphore wake = new Semaphore(0);

    /** Who waits for the next reading, whether it changed or not. */
    private final Set<PoolId> asking = ConcurrentHashMap.newKeySet();

    private volatile boolean stopped;
    private volatile Health health = Health.UNREAD;

    /** What a failure says of targets that were not looked for before it. */
    private volatile @Nullable Seen failure;

    private volatile @Nullable Thread thread;

    Poller(ReplicaRegistry.Member member) {
      this.member = member;
    }

    @Nullable Seen seen(LiveTarget target) {
      Seen own = seen.get(target);
      return own == null ? failure : own;
    }

    boolean sameWay(ReplicaRegistry.Member other) {
      return member.way().equals(other.way()) && member.fleet().equals(other.fleet());
    }

    void hurry(PoolId pool) {
      asking.add(pool);
      wake.release();
    }

    void stop() {
      stopped = true;
      Thread running = thread;
      if (running != null) {
        running.interrupt();
      }
    }

    @Override
    public void run() {
      Probe probe = probes.get(member.fleet().probe().name());
      if (probe == null) {
        failed(unreadable(member.fleet()), Reasons.PROBE_UNAVAILABLE);
        return;
      }
      try (Probe.Session session = probe.open(registry.dialer(member))) {
        String fingerprint = "";
        Instant lastFull = Instant.MIN;
        while (!stopped) {
          Instant now = clock.instant();
          try {
            String print = session.fingerprint();
            Set<PoolId> asked = Set.copyOf(asking);
            if (!asked.isEmpty()
                || !print.equals(fingerprint)
                || lastFull.plus(FULL_READ).isBefore(now)) {
              asking.removeAll(asked);
              read(session, asked);
              fingerprint = print;
              lastFull = now;
            }
            health = new Health(true, "", Optional.of(now));
            failure = null;
          } catch (Throwable e) { // Also an Error: what was seen before must not stand for ever.
            if (stopped) {
              return;
            }
            fingerprint = "";
            lastFull = Instant.MIN;
            failed(e);
          }
          if (wake.tryAcquire(member.fleet().interval().toMillis(), TimeUnit.MILLISECONDS)) {
            wake.drainPermits();
          }
        }
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      } catch (Throwable e) {
        failed(e);
      }
    }

    private Set<LiveTarget> targets() {
      Set<LiveTarget> targets = new HashSet<>();
      wanted.values().stream()
          .filter(w -> w.className().equals(member.className()))
          .forEach(w -> targets.add(w.target()));
      return targets;
    }

    private void read(Probe.Session session, Set<PoolId> asked) throws IOException {
      Set<LiveTarget> targets = targets();
      if (targets.isEmpty()) {
        seen.clear();
        return;
      }
      Map<LiveTarget, Reading<LiveView>> views = session.read(targets);
      seen.keySet().retainAll(targets);
      Set<LiveTarget> changed = new HashSet<>();
      for (LiveTarget target : targets) {
        Reading<LiveView> view =
            views.getOrDefault(
                target, new Reading.Unknown<>(Reasons.ROUTE_MISSING, "the proxy does not have it"));
        if (put(target, view)) {
          changed.add(target);
        }
      }
      pushPools(changed, asked);
    }

    /** Keeps the moment of the last change while only counters move. */
    private boolean put(LiveTarget target, Reading<LiveView> view) {
      Optional<Seen> before = Optional.ofNullable(seen.get(target));
      // Health may come and go for ever: only what is configured begins to settle anew.
      Optional<Seen> same = before.filter(b -> configured(b.view()).equals(configured(view)));
      Instant now = clock.instant();
      seen.put(
          target,
          new Seen(
              view,
              same.map(Seen::changedAt).orElse(now),
              same.map(Seen::unseen)
                  .orElseGet(() -> health.lastSuccess().map(at -> Duration.between(at, now)))));
      return before.filter(b -> content(b.view()).equals(content(view))).isEmpty();
    }

    private void failed(Throwable e) {
      failed(
          e instanceof Error ? e.toString() : String.valueOf(e.getMessage()), Reasons.UNREADABLE);
    }

    private void failed(String why, String reason) {
      boolean news = health.healthy() || !health.error().equals(why);
      health = new Health(false, why, health.lastSuccess());
      Reading<LiveView> unknown = new Reading.Unknown<>(reason, why);
      if (news) {
        failure = new Seen(unknown, clock.instant(), Optional.empty());
      }
      Set<LiveTarget> targets = targets();
      seen.keySet().retainAll(targets);
      Set<LiveTarget> changed = new HashSet<>();
      for (LiveTarget target : targets) {
        if (put(target, unknown)) {
          changed.add(target);
        }
      }
      if (news) {
        LOG.warn("replica not read replica={} why={}", member.id(), why);
      }
      pushPools(changed, Set.of());
    }

    private void pushPools(Set<LiveTarget> changed, Set<PoolId> asked) {
      wanted.forEach((pool, w) -> {
        if (w.className().equals(member.className())
            && (changed.contains(w.target()) || asked.contains(pool))) {
          push.accept(pool);
        }
      });
    }
  }

  /** What can be drift in a reading, or why there is none. */
  private static Object configured(Reading<LiveView> view) {
    return view instanceof Reading.Known<LiveView>(LiveView v, Instant at)
        ? v.configured()
        : content(view);
  }

  /** All of a reading but its counters. */
  private static Object content(Reading<LiveView> view) {
    return switch (view) {
      case Reading.Known<LiveView>(LiveView v, Instant at) ->
          List.of(v.configured(), v.effective(), v.gaps());
      case Reading.Unknown<LiveView>(String reason, String message) -> reason;
      case Reading.NotSupported<LiveView>(String reason, String message) -> reason;
    };
  }

  @Override
  public void close() {
    pollers.values().forEach(Poller::stop);
  }
}
