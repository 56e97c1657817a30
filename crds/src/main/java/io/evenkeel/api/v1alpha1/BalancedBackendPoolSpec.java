package io.evenkeel.api.v1alpha1;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an application team asks for. Fields that the API gives a default are never null: what was
 * left out is read as its default.
 *
 * @param balancerClassName immutable once set; the default class when absent
 * @param route a route that Evenkeel generates and owns; not together with {@code targetRefs}
 * @param targetRefs existing rules that Evenkeel adopts, at most 16
 * @param backends 1 to 64, unique by name, at least one with a capacity above 0
 * @param deletionPolicy absent: Delete for a generated route, Orphan for adopted rules
 */
@Wire
public record BalancedBackendPoolSpec(
    @Nullable String balancerClassName,
    @Nullable Route route,
    List<TargetRef> targetRefs,
    List<Backend> backends,
    Distribution distribution,
    Correction correction,
    @Nullable Pause pause,
    @Nullable DeletionPolicy deletionPolicy,
    @Nullable Adoption adoption) {
  public BalancedBackendPoolSpec {
    targetRefs = Values.copy(targetRefs);
    backends = Values.copy(backends);
    distribution = Values.or(distribution, Distribution.defaults());
    correction = Values.or(correction, Correction.defaults());
  }

  /**
   * @param hostnames 1 to 16
   * @param matches 1 to 8; everything when absent
   * @param sectionNames listeners of the class's Gateways; all that accept the route when empty
   */
  @Wire
  public record Route(
      List<String> hostnames,
      List<Match> matches,
      List<String> sectionNames,
      @Nullable Timeouts timeouts) {
    public Route {
      hostnames = Values.copy(hostnames);
      matches =
          matches == null || matches.isEmpty()
              ? List.of(new Match(PathMatch.defaults()))
              : List.copyOf(matches);
      sectionNames = Values.copy(sectionNames);
    }
  }

  @Wire
  public record Match(PathMatch path) {
    public Match {
      path = Values.or(path, PathMatch.defaults());
    }
  }

  @Wire
  public record PathMatch(PathType type, String value) {
    public PathMatch {
      type = Values.or(type, PathType.PathPrefix);
      value = Values.or(value, "/");
    }

    /** Every path. */
    public static PathMatch defaults() {
      return new PathMatch(PathType.PathPrefix, "/");
    }
  }

  /** As in Gateway API. */
  public enum PathType {
    Exact,
    PathPrefix
  }

  /**
   * @param request from the client's request to the end of the answer, 0 s (none) to 1 h
   */
  @Wire
  public record Timeouts(@Span @Nullable Duration request) {}

  /**
   * A rule of a route in the pool's namespace.
   *
   * @param sectionName the rule's name; required when the route has more than one rule
   */
  @Wire
  public record TargetRef(String group, String kind, String name, @Nullable String sectionName) {
    public TargetRef {
      group = Values.or(group, "gateway.networking.k8s.io");
      kind = Values.or(kind, "HTTPRoute");
    }
  }

  /**
   * @param capacity relative to the other backends, 0 (drained) to 1000
   */
  @Wire
  public record Backend(String name, ServiceRef service, Integer capacity) {
    public Backend {
      capacity = Values.or(capacity, 1);
    }
  }

  /**
   * @param namespace the pool's own when absent; another needs a ReferenceGrant there
   * @param port 1 to 65535
   */
  @Wire
  public record ServiceRef(String name, @Nullable String namespace, int port) {}

  /**
   * What even means. Tolerances are relative: a share of 49 % that should be 50 % is off by 2 %.
   *
   * @param tolerancePercent of what a provider makes of the weights against what was asked for, 0
   *     to 100
   * @param driftTolerancePercent of declared and live against that, 0 to 100; 0 means exact weights
   * @param trafficTolerancePercent of observed against that, 1 to 100
   */
  @Wire
  public record Distribution(
      Unit unit,
      Integer tolerancePercent,
      Integer driftTolerancePercent,
      Integer trafficTolerancePercent,
      OnUnachievable onUnachievable) {
    public Distribution {
      unit = Values.or(unit, Unit.Endpoint);
      tolerancePercent = Values.or(tolerancePercent, 2);
      driftTolerancePercent = Values.or(driftTolerancePercent, 0);
      trafficTolerancePercent = Values.or(trafficTolerancePercent, 10);
      onUnachievable = Values.or(onUnachievable, OnUnachievable.Refuse);
    }

    /** Even per endpoint, within 2 %, exact weights, 10 % for traffic. */
    public static Distribution defaults() {
      return new Distribution(Unit.Endpoint, 2, 0, 10, OnUnachievable.Refuse);
    }
  }

  /** What gets an even share. */
  public enum Unit {
    /** weight ∝ capacity × ready endpoints */
    Endpoint,
    /** weight ∝ capacity, among backends with a ready endpoint */
    Backend
  }

  /** What becomes of a spec that the provider cannot carry out evenly enough. */
  public enum OnUnachievable {
    Refuse,
    Warn
  }

  /**
   * @param mode absent: what the class says for a generated route, Observe for adopted rules
   * @param minReadyEndpoints below this many over the whole pool nothing is corrected, at least 1
   * @param maxStepPercent how far one write may move a share, in percentage points, 1 to 100
   */
  @Wire
  public record Correction(
      @Nullable Mode mode, OnDrain onDrain, Integer minReadyEndpoints, Integer maxStepPercent) {
    public Correction {
      onDrain = Values.or(onDrain, OnDrain.Respect);
      minReadyEndpoints = Values.or(minReadyEndpoints, 1);
      maxStepPercent = Values.or(maxStepPercent, 100);
    }

    /** No mode of its own, drains respected, no other bound. */
    public static Correction defaults() {
      return new Correction(null, OnDrain.Respect, 1, 100);
    }
  }

  /** What to do with a drain or maintenance state that Evenkeel did not set. */
  public enum OnDrain {
    Respect,
    Correct
  }

  /** No correction until then; it always ends. */
  @Wire
  public record Pause(@Timestamp Instant until, String reason) {
    public Pause {
      reason = Values.or(reason, "");
    }
  }

  /** What happens to the route when the pool is deleted. */
  public enum DeletionPolicy {
    /** A generated route goes too. */
    Delete,
    /** Route and weights stay as they are. */
    Orphan,
    /** The weights from before the adoption come back, if they still pass the guards. */
    Restore
  }

  /**
   * @param acknowledgeForeignOwner correct even though Argo CD, Flux or another manager owns the
   *     rules
   */
  @Wire
  public record Adoption(boolean acknowledgeForeignOwner) {}
}
