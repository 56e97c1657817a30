package io.evenkeel.reconcile;

import io.evenkeel.core.pool.PoolId;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A pool with its claims and their ages.
 *
 * @param created when the pool was made, {@link Instant#MIN} when that is not known
 * @param since the age of each claim, {@link Instant#MAX} for one that is only just made
 */
record Claimant(PoolId pool, Instant created, Map<String, Age> since) {
  /**
   * @param held since when the pool holds it; decides between claims of equal age
   */
  record Age(Claim.Kind kind, Instant since, Instant held) {
    private static final Age NONE = new Age(Claim.Kind.HOST, Instant.MAX, Instant.MAX);
  }

  Claimant {
    since = Map.copyOf(since);
  }

  /**
   * The age of a claim:
   *
   * <ul>
   *   <li>a host in an adopted route is as old as the route. When somebody deletes that route the
   *       claim is gone with it, for the pool's own spec names no host;
   *   <li>a host in the pool's own spec is as old as the route that was generated for it and
   *       carries it, or as the moment since when the pool holds it (was accepted with it, without
   *       a break), whichever is older. So a generated route that is deleted, and made again a
   *       moment later, does not hand the host to a pool that waits for it; nor does a pool that
   *       may not write at the moment lose it;
   *   <li>a rule or a backend section is as old as the moment since when the pool holds it: the
   *       route of a rule is the same for both pools and decides nothing;
   *   <li>all others are the youngest.
   * </ul>
   *
   * @param held since when the pool holds each claim
   */
  static Claimant of(PoolId pool, Instant created, Set<Claim> claims, Map<String, Instant> held) {
    Map<String, Age> ages = new HashMap<>();
    for (Claim claim : claims) {
      Age age = age(claim, held.getOrDefault(claim.what(), Instant.MAX));
      ages.merge(claim.what(), age, (a, b) -> a.since().isAfter(b.since()) ? b : a);
    }
    return new Claimant(pool, created, ages);
  }

  private static Age age(Claim claim, Instant held) {
    Instant carried = claim.carried().orElse(Instant.MAX);
    Instant since =
        switch (claim.kind()) {
          case HOST -> carried.isBefore(held) ? carried : held;
          case ADOPTED_HOST -> carried;
          case RULE, BACKEND -> held;
        };
    return new Age(claim.kind(), since, held);
  }

  /**
   * Whether this pool's claim goes before the other's: it is older, or of equal age and held for
   * longer, or neither and its pool is older.
   */
  boolean before(Claimant other, String what) {
    return Comparator.<Claimant, Instant>comparing(claimant -> claimant.age(what).since())
            .thenComparing(claimant -> claimant.age(what).held())
            .thenComparing(Claimant::created)
            .thenComparing(Claimant::pool)
            .compare(this, other)
        < 0;
  }

  /** Whether this pool's claim to anything that both claim goes before the other's. */
  boolean before(Claimant other) {
    return other.since().keySet().stream()
        .anyMatch(what -> since.containsKey(what) && before(other, what));
  }

  private Age age(String what) {
    return since.getOrDefault(what, Age.NONE);
  }
}
