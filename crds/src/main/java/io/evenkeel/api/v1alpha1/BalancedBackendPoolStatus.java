package io.evenkeel.api.v1alpha1;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator last saw of a pool, and what it must remember over a restart. Every field may
 * be absent.
 *
 * @param balancerClassName the class the pool was assigned to; kept once set
 * @param mode what happens to a difference at present
 * @param hosts for the column: the first host and how many more, such as {@code shop.example.com
 *     +2}
 * @param backendsReady for the column: backends with a ready endpoint of all, such as {@code 2/2}
 * @param live for the column: verified replicas of the expected, such as {@code 3/3}
 * @param maxDeviationPercent the largest relative deviation of a declared or live share from the
 *     effective one
 * @param replicas at most 32, those in trouble first; {@link #replicaCounts} has them all
 * @param detectableSkewPercent the smallest relative skew of traffic that the requests seen so far
 *     can show
 * @param pausedUntil the end of the pause in force, whether by spec or by annotation
 */
@Wire
public record BalancedBackendPoolStatus(
    @Nullable Long observedGeneration,
    @Nullable String balancerClassName,
    @Nullable ModeInForce mode,
    @Nullable String hosts,
    @Nullable String backendsReady,
    @Nullable String live,
    @Nullable Percent maxDeviationPercent,
    @Nullable Percent detectableSkewPercent,
    @Timestamp @Nullable Instant pausedUntil,
    List<Condition> conditions,
    List<BackendStatus> backends,
    @Nullable ReplicaCounts replicaCounts,
    List<ReplicaStatus> replicas,
    @Nullable LastDrift lastDrift,
    @Nullable LastCorrection lastCorrection,
    @Nullable CorrectionStatus correction,
    @Nullable LastGood lastGood) {
  public BalancedBackendPoolStatus {
    hosts = Values.cutIfPresent(hosts, 270);
    conditions = Values.copy(conditions);
    backends = Values.copy(backends);
    replicas = Values.copy(replicas);
  }

  /** What happens to a difference at present, all bounds considered. */
  public enum ModeInForce {
    Observe,
    Correct,
    Paused,
    Suspended
  }

  /**
   * The ladder of one backend. Shares are of the pool's requests; one that is not known is absent.
   *
   * @param weight that the provider is asked to carry
   * @param desiredPercent what the pool asks for
   * @param effectivePercent what the provider makes of the weights
   * @param declaredPercent what the configuration says
   * @param liveMinPercent the smallest over the replicas
   * @param liveMaxPercent the largest over the replicas
   * @param observedPercent where the requests went
   */
  @Wire
  public record BackendStatus(
      String name,
      @Nullable Integer readyEndpoints,
      @Nullable Integer weight,
      @Nullable Percent desiredPercent,
      @Nullable Percent effectivePercent,
      @Nullable Percent declaredPercent,
      @Nullable Percent liveMinPercent,
      @Nullable Percent liveMaxPercent,
      @Nullable Percent observedPercent) {}

  /** How many proxy replicas should be read, were read, and agree with the pool. */
  @Wire
  public record ReplicaCounts(
      @Nullable Integer expected, @Nullable Integer read, @Nullable Integer verified) {}

  @Wire
  public record ReplicaStatus(
      String fleet,
      String name,
      @Nullable ReplicaState state,
      @Nullable String message,
      @Timestamp @Nullable Instant lastRead) {
    public ReplicaStatus {
      name = Values.cut(name, 262);
      message = Values.cutIfPresent(message, 512);
    }
  }

  /** What the live rung says of one replica. */
  public enum ReplicaState {
    Verified,
    Mismatch,
    Unknown,
    NotCounted
  }

  /** A rung of the ladder on which a drift can be found. */
  public enum Rung {
    Declared,
    Live,
    Observed
  }

  /**
   * @param field what was changed, such as {@code backendRefs[green].weight}
   * @param manager who changed it, if that can be known
   * @param replica the proxy replica, on the live rung
   */
  @Wire
  public record LastDrift(
      @Nullable Rung rung,
      @Nullable String field,
      @Nullable String from,
      @Nullable String to,
      @Nullable String manager,
      @Nullable String replica,
      @Timestamp @Nullable Instant time) {
    public LastDrift {
      field = Values.cutIfPresent(field, 512);
      from = Values.cutIfPresent(from, 256);
      to = Values.cutIfPresent(to, 256);
      manager = Values.cutIfPresent(manager, 128);
      replica = Values.cutIfPresent(replica, 326);
    }
  }

  /**
   * @param tookMilliseconds from detection to the verified write
   */
  @Wire
  public record LastCorrection(
      @Nullable String what, @Timestamp @Nullable Instant time, @Nullable Long tookMilliseconds) {
    public LastCorrection {
      what = Values.cutIfPresent(what, 512);
    }
  }

  /**
   * The correction budget, for people and for the next leader.
   *
   * @param windowStart when the present window of counting began
   * @param count corrections since then
   * @param tokens left in the bucket at the last correction
   */
  @Wire
  public record CorrectionStatus(
      @Timestamp @Nullable Instant windowStart,
      @Nullable Integer count,
      @Nullable Integer tokens,
      @Nullable Breaker breaker) {}

  /**
   * The circuit breaker: open after one manager reverted the same field three times running.
   *
   * @param reverts in a row, by this manager, of this field
   */
  @Wire
  public record Breaker(
      @Nullable BreakerState state,
      @Nullable String manager,
      @Nullable String field,
      @Nullable Integer reverts,
      @Timestamp @Nullable Instant since) {
    public Breaker {
      manager = Values.cutIfPresent(manager, 128);
      field = Values.cutIfPresent(field, 512);
    }
  }

  /** Whether corrections pass. */
  public enum BreakerState {
    Closed,
    Open
  }

  /** The weights that were last verified. */
  @Wire
  public record LastGood(List<BackendWeight> weights, @Timestamp @Nullable Instant time) {
    public LastGood {
      weights = Values.copy(weights);
    }
  }

  @Wire
  public record BackendWeight(String name, @Nullable Integer weight) {}
}
