package io.evenkeel.provider;

import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import java.util.Optional;
import java.util.Set;

/**
 * One way to declare a distribution. A room reads from caches, writes compare-and-set, never writes
 * status, events or metrics and never calls another room. All methods may be called from many
 * threads at once; only {@link #apply} and {@link #release} may block, each for a bounded time.
 */
public interface Provider {
  /** The name in {@code spec.provider} of a class. */
  String name();

  /**
   * Why this pool cannot be served by this class as it stands, in a sentence that says what to
   * change.
   */
  Optional<Outcome.Refused> check(Assignment assignment);

  /** What weights can be expressed for this pool, and what becomes of them. */
  Scale scale(Assignment assignment);

  /**
   * What the configuration says now; {@code NotSupported} where the proxies are the only place that
   * holds weights.
   */
  Reading<Declared> declared(Assignment assignment);

  /** What this room can write into a replica of the pool's class at run time. */
  default Reach reach(Assignment assignment) {
    return Reach.NONE;
  }

  /** What a probe has to look for to see this pool in a proxy. */
  LiveTarget liveTarget(Assignment assignment);

  /** Other objects whose change concerns this pool. */
  Set<ObjectRef> dependsOn(Assignment assignment);

  /** One guarded, idempotent write. */
  Outcome apply(Assignment assignment, Write write);

  /**
   * The pool goes away: delete what was generated, or leave it, as the deletion policy says.
   * Idempotent.
   */
  Outcome release(Assignment assignment);

  /** A reference to a watched object; a cluster-scoped one has the empty namespace. */
  record ObjectRef(String kind, String namespace, String name) {}
}
