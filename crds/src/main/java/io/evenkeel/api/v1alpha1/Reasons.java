package io.evenkeel.api.v1alpha1;

/**
 * The reasons of conditions, events and findings, once; {@code docs/api.md} explains each to users.
 * Where a Gateway's controller refuses a route, the reason is the controller's own.
 */
public final class Reasons {
  // Things are as they should be.
  public static final String ACCEPTED = "Accepted";
  public static final String RESOLVED_REFS = "ResolvedRefs";
  public static final String PROGRAMMED = "Programmed";
  public static final String VERIFIED = "Verified";
  public static final String READY = "Ready";
  public static final String PROBES_HEALTHY = "ProbesHealthy";

  // Not known, or not yet.
  public static final String PENDING = "Pending";
  public static final String BEHIND = "Behind";
  public static final String PROGRAMMING = "Programming";
  public static final String SETTLING = "Settling";
  public static final String NOT_CREATED = "NotCreated";
  public static final String NOT_SEEN = "NotSeen";
  public static final String OLD_GENERATION = "OldGeneration";
  public static final String NOT_ACCEPTED = "NotAccepted";
  public static final String NOT_RESOLVED_REFS = "NotResolvedRefs";
  public static final String NOT_CONFIGURED = "NotConfigured";
  public static final String NOT_SUPPORTED = "NotSupported";
  public static final String NOT_SERVED = "NotServed";
  public static final String NO_PROVIDER = "NoProvider";
  public static final String NO_REPLICAS = "NoReplicas";
  public static final String NOT_READ_YET = "NotReadYet";
  public static final String NOT_ALL_READ = "NotAllRead";
  public static final String TOO_FEW_READINGS = "TooFewReadings";
  public static final String TOO_FEW_REQUESTS = "TooFewRequests";
  public static final String NOT_JUDGED = "NotJudged";
  public static final String NOT_DECLARED = "NotDeclared";
  public static final String NO_REFERENCE = "NoReference";
  public static final String RULES_DIFFER = "RulesDiffer";
  public static final String MIXED_GRANULARITY = "MixedGranularity";
  public static final String PROXIES_HOLD_WEIGHTS = "ProxiesHoldWeights";

  // The spec cannot be served.
  public static final String NO_DEFAULT_CLASS = "NoDefaultClass";
  public static final String CLASS_NOT_FOUND = "ClassNotFound";
  public static final String CLASS_INCOMPLETE = "ClassIncomplete";
  public static final String PROVIDER_UNAVAILABLE = "ProviderUnavailable";
  public static final String NAMESPACE_NOT_ALLOWED = "NamespaceNotAllowed";
  public static final String HOSTNAME_NOT_ALLOWED = "HostnameNotAllowed";
  public static final String HOSTNAME_TAKEN = "HostnameTaken";
  public static final String TARGET_TAKEN = "TargetTaken";
  public static final String ROUTE_OWNED_BY_OTHER = "RouteOwnedByOther";
  public static final String ROUTE_REQUIRED = "RouteRequired";
  public static final String ROUTE_NOT_SUPPORTED = "RouteNotSupported";
  public static final String RULE_NAME_REQUIRED = "RuleNameRequired";
  public static final String NO_MATCHING_LISTENER_HOSTNAME = "NoMatchingListenerHostname";
  public static final String NO_MATCHING_PARENT = "NoMatchingParent";
  public static final String EVENNESS_NOT_ACHIEVABLE = "EvennessNotAchievable";
  public static final String NO_CAPACITY = "NoCapacity";
  public static final String BACKEND_NAME_INVALID = "BackendNameInvalid";
  public static final String INVALID = "Invalid";
  public static final String FORBIDDEN = "Forbidden";

  // A reference leads nowhere, or nowhere good.
  public static final String SERVICE_NOT_FOUND = "ServiceNotFound";
  public static final String PORT_NOT_FOUND = "PortNotFound";
  public static final String UNSUPPORTED_SERVICE = "UnsupportedService";
  public static final String NO_READY_ENDPOINTS = "NoReadyEndpoints";
  public static final String BACKEND_EMPTY = "BackendEmpty";
  public static final String ENDPOINT_REFUSED = "EndpointRefused";
  public static final String REF_NOT_PERMITTED = "RefNotPermitted";
  public static final String TARGET_NOT_FOUND = "TargetNotFound";
  public static final String GATEWAY_NOT_FOUND = "GatewayNotFound";
  public static final String BACKEND_NOT_FOUND = "BackendNotFound";

  // Something differs.
  public static final String DECLARED_DRIFT = "DeclaredDrift";
  public static final String LIVE_DRIFT = "LiveDrift";
  public static final String DRIFTED = "Drifted";
  public static final String MISMATCH = "Mismatch";
  public static final String ROUTE_MISSING = "RouteMissing";
  public static final String SHADOWED_ROUTE = "ShadowedRoute";
  public static final String SHARED_ENDPOINT = "SharedEndpoint";
  public static final String MANAGED_ELSEWHERE = "ManagedElsewhere";

  // A difference that is explained, and not corrected.
  public static final String HEALTH_EXCLUDED = "HealthExcluded";
  public static final String OUTLIER_EJECTED = "OutlierEjected";
  public static final String SLOW_START = "SlowStart";
  public static final String AGENT_WEIGHT = "AgentWeight";
  public static final String OPERATOR_DRAIN = "OperatorDrain";
  public static final String PRIORITY = "Priority";

  // Corrections are held back.
  public static final String PAUSED = "Paused";
  public static final String PAUSE_INVALID = "PauseInvalid";
  public static final String SUSPENDED = "Suspended";
  public static final String OBSERVING = "Observing";
  public static final String YIELDING = "Yielding";
  public static final String BUDGET_EXHAUSTED = "BudgetExhausted";
  public static final String TOO_FEW_READY_ENDPOINTS = "TooFewReadyEndpoints";

  // HAProxy does not take it.
  public static final String AGENT_CHECKED = "AgentChecked";
  public static final String ALGORITHM_NOT_SUPPORTED = "AlgorithmNotSupported";
  public static final String ENDPOINT_MISSING = "EndpointMissing";
  public static final String NO_SERVER_MATCHES = "NoServerMatches";

  // A write that is refused because it would be wrong.
  public static final String ALL_ZERO = "AllZero";
  public static final String NOTHING_DECLARES = "NothingDeclares";
  public static final String WRONG_GRANULARITY = "WrongGranularity";

  // Events.
  public static final String DRIFT_DETECTED = "DriftDetected";
  public static final String CORRECTED = "Corrected";
  public static final String FOLLOWED = "Followed";
  public static final String CORRECTION_FAILED = "CorrectionFailed";
  public static final String EVENNESS_NOT_ENFORCEABLE = "EvennessNotEnforceable";
  public static final String RESUMED = "Resumed";
  public static final String RELEASED = "Released";
  public static final String RELEASE_FAILED = "ReleaseFailed";

  // Of a class.
  public static final String IN_USE = "InUse";
  public static final String PROBES_FAILING = "ProbesFailing";
  public static final String PROBE_UNAVAILABLE = "ProbeUnavailable";

  // A proxy was not read, or weights do not decide in it.
  public static final String UNREADABLE = "Unreadable";
  public static final String CHANGED_WHILE_READING = "ChangedWhileReading";
  public static final String NO_SUCH_TARGET = "NoSuchTarget";
  public static final String NOT_A_ROUTE = "NotARoute";
  public static final String WEIGHTS_DO_NOT_DECIDE = "WeightsDoNotDecide";
  public static final String NOT_FORWARDED = "NotForwarded";
  public static final String ROUTES_DISAGREE = "RoutesDisagree";
  public static final String REQUEST_CHOOSES_CLUSTER = "RequestChoosesCluster";
  public static final String CLUSTER_HEADER = "ClusterHeader";
  public static final String CLUSTER_SPECIFIER_PLUGIN = "ClusterSpecifierPlugin";
  public static final String RUNTIME_KEYED = "RuntimeKeyed";
  public static final String TOTAL_WEIGHT = "TotalWeight";
  public static final String NO_WEIGHT = "NoWeight";
  public static final String UNKNOWN_ACTION = "UnknownAction";
  public static final String CLUSTER_MISSING = "ClusterMissing";
  public static final String NO_ENDPOINTS = "NoEndpoints";
  public static final String UNKNOWN_ADDRESS = "UnknownAddress";
  public static final String UNKNOWN_POLICY = "UnknownPolicy";
  public static final String UNKNOWN_CLUSTER_TYPE = "UnknownClusterType";
  public static final String AGGREGATE_CLUSTER = "AggregateCluster";
  public static final String LOGICAL_DNS = "LogicalDns";
  public static final String ORIGINAL_DESTINATION = "OriginalDestination";
  public static final String CONSISTENT_HASHING = "ConsistentHashing";
  public static final String SESSION_AFFINITY = "SessionAffinity";
  public static final String SUBSET_LOAD_BALANCING = "SubsetLoadBalancing";
  public static final String CLIENT_SIDE_WEIGHTS = "ClientSideWeights";
  public static final String WEIGHTS_IGNORED = "WeightsIgnored";
  public static final String ZONE_AWARE = "ZoneAware";

  private Reasons() {}
}
