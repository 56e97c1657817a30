package io.evenkeel.api.v1alpha1;

/** The reasons of conditions and events, once; {@code docs/api.md} explains each to users. */
public final class Reasons {
  // Things are as they should be.
  public static final String ACCEPTED = "Accepted";
  public static final String RESOLVED_REFS = "ResolvedRefs";
  public static final String PROGRAMMED = "Programmed";
  public static final String VERIFIED = "Verified";
  public static final String BALANCED = "Balanced";
  public static final String READY = "Ready";

  // Not known, or not yet.
  public static final String PENDING = "Pending";
  public static final String SETTLING = "Settling";
  public static final String NOT_CONFIGURED = "NotConfigured";
  public static final String NOT_SUPPORTED = "NotSupported";
  public static final String UNREADABLE = "Unreadable";
  public static final String TOO_FEW_REQUESTS = "TooFewRequests";
  public static final String SHARED_ENDPOINT = "SharedEndpoint";

  // The spec cannot be served.
  public static final String CLASS_NOT_FOUND = "ClassNotFound";
  public static final String NO_DEFAULT_CLASS = "NoDefaultClass";
  public static final String NAMESPACE_NOT_ALLOWED = "NamespaceNotAllowed";
  public static final String HOSTNAME_NOT_ALLOWED = "HostnameNotAllowed";
  public static final String HOSTNAME_TAKEN = "HostnameTaken";
  public static final String TARGET_TAKEN = "TargetTaken";
  public static final String SHADOWED_ROUTE = "ShadowedRoute";
  public static final String ROUTE_REQUIRED = "RouteRequired";
  public static final String ROUTE_NOT_SUPPORTED = "RouteNotSupported";
  public static final String RULE_NAME_REQUIRED = "RuleNameRequired";
  public static final String NOT_OWNED = "NotOwned";
  public static final String PROVIDER_UNAVAILABLE = "ProviderUnavailable";
  public static final String PAUSE_TOO_LONG = "PauseTooLong";
  public static final String UNACHIEVABLE = "Unachievable";
  public static final String INVALID = "Invalid";

  // A reference leads nowhere.
  public static final String SERVICE_NOT_FOUND = "ServiceNotFound";
  public static final String PORT_NOT_FOUND = "PortNotFound";
  public static final String UNSUPPORTED_SERVICE = "UnsupportedService";
  public static final String TARGET_NOT_FOUND = "TargetNotFound";
  public static final String GATEWAY_NOT_FOUND = "GatewayNotFound";
  public static final String BACKEND_NOT_FOUND = "BackendNotFound";
  public static final String REF_NOT_PERMITTED = "RefNotPermitted";
  public static final String NO_READY_ENDPOINTS = "NoReadyEndpoints";

  // Something differs.
  public static final String DECLARED_DRIFT = "DeclaredDrift";
  public static final String LIVE_DRIFT = "LiveDrift";
  public static final String TRAFFIC_SKEW = "TrafficSkew";
  public static final String ROUTE_MISSING = "RouteMissing";
  public static final String NOT_ACCEPTED_BY_GATEWAY = "NotAcceptedByGateway";
  public static final String MANAGED_ELSEWHERE = "ManagedElsewhere";
  public static final String REVERTED = "Reverted";

  // A difference that is explained, and not corrected.
  public static final String HEALTH_EXCLUDED = "HealthExcluded";
  public static final String SLOW_START = "SlowStart";
  public static final String AGENT_WEIGHT = "AgentWeight";
  public static final String OUTLIER_EJECTED = "OutlierEjected";
  public static final String OPERATOR_DRAIN = "OperatorDrain";

  // Corrections are held back.
  public static final String OBSERVE = "Observe";
  public static final String PAUSED = "Paused";
  public static final String SUSPENDED = "Suspended";
  public static final String BUDGET_EXHAUSTED = "BudgetExhausted";
  public static final String TOO_FEW_ENDPOINTS = "TooFewEndpoints";
  public static final String FROZEN = "Frozen";
  public static final String ROLLOUT_RUNNING = "RolloutRunning";
  public static final String QUANTISATION = "Quantisation";

  // Events.
  public static final String CORRECTED = "Corrected";
  public static final String FOLLOWED = "Followed";
  public static final String CORRECTION_FAILED = "CorrectionFailed";
  public static final String RELEASED = "Released";

  // Of a class.
  public static final String PROBES_HEALTHY = "ProbesHealthy";
  public static final String PROBES_FAILING = "ProbesFailing";

  private Reasons() {}
}
