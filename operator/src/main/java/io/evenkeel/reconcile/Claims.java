package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.Condition;
import io.evenkeel.api.v1alpha1.ConditionTypes;
import io.evenkeel.core.decide.Snapshot.Refusal;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.provider.ProviderRoom.Caches;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Which pool of a class has which host, adopted rule or backend section. {@link Policy#taken}
 * decides; here is remembered who holds what, so that it stays with the one who has it.
 *
 * <p>A pool is {@linkplain #see seen} as soon as it is known, so that after a restart the holder is
 * there before somebody who waits is judged. What a pool held is in its status: it was accepted
 * with this spec. If the spec changed while no operator ran, its claims begin anew, except those
 * that its route carries.
 */
public final class Claims {
  private final Caches caches;
  private final Consumer<PoolId> again;
  private final Map<PoolId, Entry> entries = new HashMap<>();

  /** Each entry as it counts against others, made once. */
  private final Map<PoolId, Claimant> counted = new HashMap<>();

  /** Many may wait for one thing, and few have it: who is judged is judged against those few. */
  private final Map<Key, Set<PoolId>> waiting = new HashMap<>();

  private final Map<Key, Set<PoolId>> others = new HashMap<>();

  private record Key(String className, String what) {}

  /**
   * @param held since when the pool holds what it claims
   */
  private record Entry(
      String className,
      Instant created,
      Set<Claim> claims,
      Standing standing,
      Map<String, Instant> held) {
    Claimant claimant(PoolId id) {
      return Claimant.of(id, created, claims, held);
    }

    /** A pool that the class does not serve claims nothing but what its route still carries. */
    Entry counted() {
      return standing != Standing.REFUSED
          ? this
          : new Entry(
              className,
              created,
              claims.stream().filter(c -> c.carried().isPresent()).collect(Collectors.toSet()),
              standing,
              Map.of());
    }
  }

  private enum Standing {
    UNJUDGED,
    HOLDS,
    WAITS,
    REFUSED
  }

  /**
   * @param again told of pools that wait for something that may be free now
   */
  public Claims(Caches caches, Consumer<PoolId> again) {
    this.caches = caches;
    this.again = again;
  }

  /** A pool is there, or changed. */
  public synchronized void see(BalancedBackendPool pool) {
    PoolId id = PoolIds.of(pool);
    Entry before = entries.get(id);
    if (pool.getMetadata().getDeletionTimestamp() != null && before != null) {
      return; // What it holds is free when it is gone.
    }
    Optional<BalancerClass> found =
        Policy.className(pool, caches.all(BalancerClass.class))
            .flatMap(name -> caches.get(BalancerClass.class, "", name));
    if (found.isEmpty()) {
      return; // Its class may come back: until then nothing of it is written, and nothing freed.
    }
    String className = found.get().getMetadata().getName();
    Set<Claim> claims = Claim.of(pool, found.get(), caches);
    if (before != null && before.className().equals(className)) {
      put(id, new Entry(className, created(pool), claims, before.standing(), before.held()));
      return;
    }
    Map<String, Instant> held = new HashMap<>();
    acceptedSince(pool).ifPresent(since -> claims.forEach(c -> held.put(c.what(), since)));
    put(id, new Entry(className, created(pool), claims, Standing.UNJUDGED, Map.copyOf(held)));
  }

  /** Whether somebody else has what the pool claims; if not, it holds all of that from now on. */
  synchronized Optional<Refusal> judge(BalancedBackendPool pool, Instant now) {
    see(pool);
    PoolId id = PoolIds.of(pool);
    Entry entry = entries.get(id);
    if (entry == null) {
      return Optional.empty();
    }
    Claimant claimant = entry.claimant(id);
    Optional<Refusal> taken =
        Policy.taken(
                claimant, entry.className(), rivals(id, entry, others).stream().map(this::counted))
            .or(() ->
                Policy.taken(
                    claimant,
                    entry.className(),
                    rivals(id, entry, waiting).stream()
                        .filter(other -> counted(other).before(claimant))
                        .filter(other -> wouldHold(other, id))
                        .map(this::counted)));
    if (taken.isPresent()) {
      put(id, entry, Standing.WAITS, Map.of());
    } else {
      Map<String, Instant> held = new HashMap<>();
      entry.claims().forEach(c -> held.put(c.what(), entry.held().getOrDefault(c.what(), now)));
      put(id, entry, Standing.HOLDS, held);
    }
    return taken;
  }

  /**
   * Who waits for one thing keeps nobody from another; who would have all it wants, if it were not
   * for the one who is judged, does.
   */
  private boolean wouldHold(PoolId other, PoolId judged) {
    Claimant claimant = counted(other);
    return rivals(other, Objects.requireNonNull(entries.get(other)), others).stream()
        .filter(third -> !third.equals(judged))
        .noneMatch(third -> counted(third).before(claimant));
  }

  private Claimant counted(PoolId id) {
    return Objects.requireNonNull(counted.get(id));
  }

  /** The pool is not served for another reason, so it keeps nobody else waiting. */
  synchronized void refuse(PoolId id) {
    Entry entry = entries.get(id);
    if (entry != null) {
      put(id, entry, Standing.REFUSED, Map.of());
    }
  }

  /** The pool is gone. */
  public synchronized void forget(PoolId id) {
    Entry gone = entries.remove(id);
    if (gone != null) {
      counted.remove(id);
      Map<Key, Set<PoolId>> among = among(gone);
      keys(gone)
          .forEach(key ->
              among.computeIfPresent(
                  key,
                  (k, pools) -> {
                    pools.remove(id);
                    return pools.isEmpty() ? null : pools;
                  }));
      tellWaiting(id, gone);
    }
  }

  private void put(PoolId id, Entry entry, Standing standing, Map<String, Instant> held) {
    put(
        id,
        new Entry(entry.className(), entry.created(), entry.claims(), standing, Map.copyOf(held)));
  }

  private void put(PoolId id, Entry entry) {
    Entry before = entries.get(id);
    if (entry.equals(before)) {
      return;
    }
    if (before != null) {
      forget(id);
    }
    entries.put(id, entry);
    counted.put(id, entry.counted().claimant(id));
    Map<Key, Set<PoolId>> among = among(entry);
    keys(entry).forEach(key -> among.computeIfAbsent(key, k -> new HashSet<>()).add(id));
  }

  private Map<Key, Set<PoolId>> among(Entry entry) {
    return entry.standing() == Standing.WAITS ? waiting : others;
  }

  /** Those that wait for what this one had are judged anew. */
  private void tellWaiting(PoolId id, Entry had) {
    rivals(id, had, waiting).forEach(again);
  }

  private static Set<PoolId> rivals(PoolId id, Entry entry, Map<Key, Set<PoolId>> among) {
    Set<PoolId> rivals = new HashSet<>();
    keys(entry).forEach(key -> rivals.addAll(among.getOrDefault(key, Set.of())));
    rivals.remove(id);
    return rivals;
  }

  private static List<Key> keys(Entry entry) {
    return entry.claims().stream().map(c -> new Key(entry.className(), c.what())).toList();
  }

  private static Optional<Instant> acceptedSince(BalancedBackendPool pool) {
    return Optional.ofNullable(pool.getStatus()).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(c -> c.type().equals(ConditionTypes.ACCEPTED))
        .filter(c -> c.status() == Condition.Status.True)
        .filter(c -> Objects.equals(c.observedGeneration(), pool.getMetadata().getGeneration()))
        .map(Condition::lastTransitionTime)
        .findFirst();
  }

  private static Instant created(BalancedBackendPool pool) {
    String created = pool.getMetadata().getCreationTimestamp();
    return created == null ? Instant.MIN : Instant.parse(created);
  }
}
