package io.evenkeel.provider.gatewayapi;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteSpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteSpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteParentStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A route as this room sees it, whatever its kind: converted at the door, with Gateway API's
 * defaults filled in, so that a field left out and its default are the same.
 *
 * @param object what it was made from; shared with the cache, never changed
 * @param kind HTTPRoute or GRPCRoute
 */
record RouteView(
    HasMetadata object,
    String kind,
    List<ParentReference> parentRefs,
    List<String> hostnames,
    List<Rule> rules,
    List<RouteParentStatus> parents) {
  static final String GROUP = "gateway.networking.k8s.io";

  /**
   * @param index its place in the list, for JSON pointers only; people and pools name rules
   */
  record Rule(int index, Optional<String> name, List<RouteMatch> matches, List<Ref> backends) {}

  /**
   * @param index its place in the rule
   * @param weight what it says or Gateway API's default, 1
   * @param weightWritten whether the weight is there at all
   */
  record Ref(int index, Target target, int weight, boolean weightWritten) {}

  /** What a backendRef refers to. */
  record Target(String group, String kind, String namespace, String name, int port) {
    static Target service(String namespace, String name, int port) {
      return new Target("", "Service", namespace, name, port);
    }

    @Override
    public String toString() {
      return kind + " " + namespace + "/" + name + ":" + port;
    }
  }

  String namespace() {
    return object.getMetadata().getNamespace();
  }

  String name() {
    return object.getMetadata().getName();
  }

  @Override
  public String toString() {
    return kind + " " + namespace() + "/" + name();
  }

  /** Which route this is, and in which version. */
  static String version(HasMetadata route) {
    var metadata = route.getMetadata();
    return "%s %s/%s@%s"
        .formatted(
            route.getKind(),
            metadata.getNamespace(),
            metadata.getName(),
            or(metadata.getResourceVersion(), ""));
  }

  static RouteView of(HTTPRoute route) {
    var spec = Objects.requireNonNullElseGet(route.getSpec(), HTTPRouteSpec::new);
    var status = Objects.requireNonNullElseGet(route.getStatus(), HTTPRouteStatus::new);
    return new RouteView(
        route,
        "HTTPRoute",
        list(spec.getParentRefs()),
        list(spec.getHostnames()),
        indexed(
            spec.getRules(),
            (index, rule) ->
                rule(
                    index,
                    rule.getName(),
                    list(rule.getMatches()).stream().map(RouteView::match).toList(),
                    indexed(rule.getBackendRefs(), (at, ref) -> ref(at, route, plain(ref))))),
        list(status.getParents()));
  }

  static RouteView of(GRPCRoute route) {
    var spec = Objects.requireNonNullElseGet(route.getSpec(), GRPCRouteSpec::new);
    var status = Objects.requireNonNullElseGet(route.getStatus(), GRPCRouteStatus::new);
    return new RouteView(
        route,
        "GRPCRoute",
        list(spec.getParentRefs()),
        list(spec.getHostnames()),
        indexed(
            spec.getRules(),
            (index, rule) ->
                rule(
                    index,
                    rule.getName(),
                    list(rule.getMatches()).stream().map(RouteView::match).toList(),
                    indexed(rule.getBackendRefs(), (at, ref) -> ref(at, route, plain(ref))))),
        list(status.getParents()));
  }

  private static Rule rule(
      int index, @Nullable String name, List<RouteMatch> matches, List<Ref> backends) {
    return new Rule(
        index, text(name), matches.isEmpty() ? List.of(RouteMatch.EVERYTHING) : matches, backends);
  }

  private static BackendRef plain(HTTPBackendRef ref) {
    return new BackendRef(
        ref.getGroup(),
        ref.getKind(),
        ref.getName(),
        ref.getNamespace(),
        ref.getPort(),
        ref.getWeight());
  }

  private static BackendRef plain(GRPCBackendRef ref) {
    return new BackendRef(
        ref.getGroup(),
        ref.getKind(),
        ref.getName(),
        ref.getNamespace(),
        ref.getPort(),
        ref.getWeight());
  }

  private static Ref ref(int index, HasMetadata route, BackendRef ref) {
    Integer port = ref.getPort();
    Integer weight = ref.getWeight();
    Target target =
        new Target(
            or(ref.getGroup(), ""),
            or(ref.getKind(), "Service"),
            or(ref.getNamespace(), route.getMetadata().getNamespace()),
            ref.getName(),
            port == null ? 0 : port);
    return new Ref(index, target, weight == null ? 1 : weight, weight != null);
  }

  private static RouteMatch match(HTTPRouteMatch match) {
    var path = match.getPath();
    return new RouteMatch(
        path == null
            ? RouteMatch.Path.prefix("/")
            : RouteMatch.Path.of(or(path.getType(), "PathPrefix"), or(path.getValue(), "/")),
        text(match.getMethod()),
        sorted(
            list(match.getHeaders()).stream()
                .map(
                    h -> or(h.getType(), "Exact") + ":" + lower(h.getName()) + "=" + h.getValue())),
        sorted(
            list(match.getQueryParams()).stream()
                .map(q -> or(q.getType(), "Exact") + ":" + q.getName() + "=" + q.getValue())));
  }

  /** A gRPC method is the path {@code /service/method} of an HTTP/2 POST. */
  private static RouteMatch match(GRPCRouteMatch match) {
    var method = match.getMethod();
    String service = method == null ? "" : or(method.getService(), "");
    String name = method == null ? "" : or(method.getMethod(), "");
    boolean regex = method != null && "RegularExpression".equals(method.getType());
    RouteMatch.Path path;
    if (service.isEmpty() && name.isEmpty()) {
      path = RouteMatch.Path.prefix("/");
    } else if (regex || service.isEmpty()) {
      path =
          RouteMatch.Path.regex(
              "/" + (service.isEmpty() ? "[^/]+" : service) + "/" + (name.isEmpty() ? ".+" : name));
    } else {
      path =
          name.isEmpty()
              ? RouteMatch.Path.prefix("/" + service)
              : RouteMatch.Path.exact("/" + service + "/" + name);
    }
    return new RouteMatch(
        path,
        Optional.empty(),
        sorted(
            list(match.getHeaders()).stream()
                .map(
                    h -> or(h.getType(), "Exact") + ":" + lower(h.getName()) + "=" + h.getValue())),
        Set.of());
  }

  private static Set<String> sorted(Stream<String> texts) {
    return texts.collect(Collectors.toCollection(TreeSet::new));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static Optional<String> text(@Nullable String text) {
    return text == null || text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  static String or(@Nullable String text, String byDefault) {
    return text == null ? byDefault : text;
  }

  /** Each item converted, with its place in the list. */
  private static <A, B> List<B> indexed(
      @Nullable List<A> items, BiFunction<Integer, A, B> convert) {
    List<B> converted = new ArrayList<>();
    for (A item : list(items)) {
      converted.add(convert.apply(converted.size(), item));
    }
    return converted;
  }

  static <T> List<T> list(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
