package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPool;
import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec;
import io.evenkeel.api.v1alpha1.BalancerClass;
import io.evenkeel.api.v1alpha1.BalancerClassSpec;
import io.evenkeel.api.v1alpha1.Mode;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.api.v1alpha1.WellKnown;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.decide.Snapshot.Refusal;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The bounds of a class, applied to a pool. Pure. */
public final class Policy {
  private Policy() {}

  /**
   * The class a pool is assigned to: as it says, as it was recorded, or the default class; else
   * empty.
   */
  public static Optional<String> className(
      BalancedBackendPool pool, Stream<BalancerClass> classes) {
    String named = pool.getSpec().balancerClassName();
    if (named != null) {
      return Optional.of(named);
    }
    if (pool.getStatus() != null && pool.getStatus().balancerClassName() != null) {
      return Optional.of(pool.getStatus().balancerClassName());
    }
    return classes
        .filter(c -> c.getMetadata().getDeletionTimestamp() == null)
        .filter(c ->
            c.getMetadata().getAnnotations() != null
                && "true"
                    .equals(
                        c.getMetadata().getAnnotations().get(WellKnown.DEFAULT_CLASS_ANNOTATION)))
        // As with StorageClasses: of several defaults the newest counts.
        .max(
            Comparator.<BalancerClass, String>comparing(c -> c.getMetadata().getCreationTimestamp())
                .thenComparing(c -> c.getMetadata().getName()))
        .map(c -> c.getMetadata().getName());
  }

  /**
   * @param labels of the pool's namespace
   * @param adoptedHosts hosts of the routes that the pool adopts
   */
  public static Optional<Refusal> refusal(
      BalancedBackendPool pool,
      BalancerClass balancerClass,
      Map<String, String> labels,
      Set<String> adoptedHosts) {
    String namespace = pool.getMetadata().getNamespace();
    String className = balancerClass.getMetadata().getName();
    BalancerClassSpec.Policy policy = balancerClass.getSpec().policy();
    if (!namespaceAllowed(namespace, labels, balancerClass.getSpec())) {
      return Optional.of(
          new Refusal(
              false,
              Reasons.NAMESPACE_NOT_ALLOWED,
              "BalancerClass "
                  + className
                  + " takes no pools from namespace "
                  + namespace
                  + ": use another class, or ask its owner to allow the namespace in"
                  + " policy.namespaces"));
    }
    Set<String> hosts = new HashSet<>(adoptedHosts);
    if (pool.getSpec().route() != null) {
      hosts.addAll(pool.getSpec().route().hostnames());
    }
    for (String host : hosts.stream().sorted().toList()) {
      if (policy.hostnames().stream().noneMatch(rule -> allows(rule, host, labels))) {
        return Optional.of(
            new Refusal(
                false,
                Reasons.HOSTNAME_NOT_ALLOWED,
                "BalancerClass "
                    + className
                    + " does not let namespace "
                    + namespace
                    + " use the host "
                    + host
                    + ": use one of "
                    + allowedPatterns(policy.hostnames(), labels)
                    + ", or ask the owner of the class to add it to policy.hostnames"));
      }
    }
    return Optional.empty();
  }

  private static String allowedPatterns(
      List<BalancerClassSpec.HostnameRule> rules, Map<String, String> labels) {
    List<String> patterns =
        rules.stream()
            .filter(rule -> namespaceMatches(rule, labels))
            .map(BalancerClassSpec.HostnameRule::pattern)
            .toList();
    return patterns.isEmpty() ? "none (no host is allowed here yet)" : String.join(", ", patterns);
  }

  private static boolean namespaceAllowed(
      String namespace, Map<String, String> labels, BalancerClassSpec spec) {
    BalancerClassSpec.Namespaces allowed = spec.policy().namespaces();
    return switch (allowed.from()) {
      case All -> true;
      case Selector -> allowed.selector() != null && allowed.selector().matches(labels);
      case Same ->
          spec.gatewayAPI() != null
              && spec.gatewayAPI().parentRefs().stream()
                  .anyMatch(parent -> namespace.equals(parent.namespace()));
    };
  }

  private static boolean namespaceMatches(
      BalancerClassSpec.HostnameRule rule, Map<String, String> labels) {
    return rule.namespaces() == null || rule.namespaces().selector().matches(labels);
  }

  static boolean allows(
      BalancerClassSpec.HostnameRule rule, String host, Map<String, String> labels) {
    return namespaceMatches(rule, labels) && covers(rule.pattern(), host);
  }

  /**
   * {@code *.a.b} covers {@code x.a.b}, {@code x.y.a.b} and {@code *.a.b}, never {@code a.b};
   * {@code *} covers all.
   */
  static boolean covers(String pattern, String host) {
    String p = pattern.toLowerCase(Locale.ROOT);
    String h = host.toLowerCase(Locale.ROOT);
    if ("*".equals(p) || p.equals(h)) {
      return true;
    }
    return p.startsWith("*.") && h.length() > p.length() - 1 && h.endsWith(p.substring(1));
  }

  /**
   * Corrections may be written only when the class and the pool both say so; an adopted route
   * begins with Observe.
   */
  public static Snapshot.Mode mode(BalancedBackendPoolSpec spec, BalancerClassSpec.Policy policy) {
    if (policy.mode() == Mode.Observe) {
      return Snapshot.Mode.OBSERVE;
    }
    Mode asked = spec.correction().mode();
    if (asked == null) {
      asked = spec.targetRefs().isEmpty() ? Mode.Correct : Mode.Observe;
    }
    return asked == Mode.Correct ? Snapshot.Mode.CORRECT : Snapshot.Mode.OBSERVE;
  }

  /** The pause in force: of the spec and the annotation the one that lasts longer. */
  public static Optional<Snapshot.Pause> pause(BalancedBackendPool pool) {
    Optional<Snapshot.Pause> bySpec =
        Optional.ofNullable(pool.getSpec().pause())
            .map(pause -> new Snapshot.Pause(pause.until(), pause.reason()));
    Optional<Snapshot.Pause> byAnnotation =
        annotation(pool, WellKnown.PAUSE_UNTIL_ANNOTATION)
            .flatMap(Policy::instant)
            .map(until ->
                new Snapshot.Pause(
                    until, annotation(pool, WellKnown.PAUSE_REASON_ANNOTATION).orElse("")));
    return Stream.of(bySpec, byAnnotation)
        .flatMap(Optional::stream)
        .max(Comparator.comparing(Snapshot.Pause::until));
  }

  /**
   * Why the annotations are no pause although somebody meant one. No schema guards an annotation,
   * and a pause always ends, so one without a readable end cannot be kept; then it has to be told.
   */
  public static Optional<String> pauseProblem(BalancedBackendPool pool) {
    Optional<String> until = annotation(pool, WellKnown.PAUSE_UNTIL_ANNOTATION);
    String remedy =
        "write an RFC 3339 time such as 2026-12-01T10:00:00Z into the annotation "
            + WellKnown.PAUSE_UNTIL_ANNOTATION;
    if (until.isPresent()) {
      String text = until.get();
      return instant(text).isPresent()
          ? Optional.empty()
          : Optional.of(
              "not paused by annotation: \"%s\" is not a time: %s"
                  .formatted(text.length() > 40 ? text.substring(0, 40) + "…" : text, remedy));
    }
    return annotation(pool, WellKnown.PAUSE_REASON_ANNOTATION)
        .map(reason -> "not paused by annotation: there is a reason and no end: " + remedy);
  }

  /** Blank ones count as absent: that is how some tools take an annotation away. */
  private static Optional<String> annotation(BalancedBackendPool pool, String name) {
    return Optional.ofNullable(pool.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(name))
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException malformed) {
      return Optional.empty();
    }
  }

  /**
   * The other pool of the same class whose claim to the same thing goes before this one's, if any:
   * the older claim does ({@link Claimant} says how old a claim is), as Gateway API decides ties;
   * of equals that of the older pool, then by namespace and name, so that two pools never both have
   * it, nor neither.
   */
  static Optional<Refusal> taken(Claimant pool, String className, Stream<Claimant> sameClass) {
    return sameClass
        .filter(other -> !other.pool().equals(pool.pool()))
        .flatMap(other ->
            pool.since().keySet().stream()
                .filter(other.since()::containsKey)
                .filter(what -> other.before(pool, what))
                .map(what -> new Taken(what, other)))
        // A rule has hosts too; that it is adopted twice says more than that its hosts are taken.
        .min(
            Comparator.comparing(Taken::kind, Comparator.reverseOrder())
                .thenComparing(Taken::what)
                .thenComparing(taken -> taken.by().pool()))
        .map(taken -> refusal(taken, className));
  }

  private record Taken(String what, Claimant by) {
    Claim.Kind kind() {
      return age().kind();
    }

    Claimant.Age age() {
      return Objects.requireNonNull(by.since().get(what));
    }
  }

  private static Refusal refusal(Taken taken, String className) {
    Claimant.Age age = taken.age();
    String since =
        age.since().equals(Instant.MAX)
            ? ", which is older"
            : ", since " + age.since().truncatedTo(ChronoUnit.SECONDS);
    String remedy =
        switch (age.kind()) {
          case HOST, ADOPTED_HOST -> "use another host or path, or delete that pool";
          case RULE -> "adopt another rule, or delete that pool";
          case BACKEND ->
              "rename the pool, or ask the owner of the class for a haproxy.backendName with"
                  + " {namespace} and {pool} in it";
        };
    return new Refusal(
        false,
        switch (age.kind()) {
          case HOST, ADOPTED_HOST -> Reasons.HOSTNAME_TAKEN;
          case RULE, BACKEND -> Reasons.TARGET_TAKEN;
        },
        "%s belongs to pool %s of class %s%s: %s"
            .formatted(taken.what(), taken.by().pool(), className, since, remedy));
  }
}
