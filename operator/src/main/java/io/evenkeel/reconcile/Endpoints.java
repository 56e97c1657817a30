package io.evenkeel.reconcile;

import io.evenkeel.api.v1alpha1.BalancedBackendPoolSpec;
import io.evenkeel.api.v1alpha1.Reasons;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.provider.ForbiddenAddresses;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns a Service and its EndpointSlices into a backend. Pure.
 *
 * <p>Where Evenkeel writes addresses into proxies, whoever may write a slice could aim the proxies,
 * so some endpoints are refused there, each with a sentence in {@link Backend.Resolved#refused}:
 *
 * <ul>
 *   <li>those that the EndpointSlice controller did not write for a pod of the Service's own
 *       namespace, unless the class says {@code allowCustomEndpoints};
 *   <li>always: {@linkplain ForbiddenAddresses loopback, link-local, metadata, multicast and
 *       unspecified addresses};
 *   <li>always: addresses of the control plane's nodes, known from the endpoints of the Service
 *       default/kubernetes. Those of the other nodes are <em>not</em> known, for that would need a
 *       watch of all Nodes: there a pod on the host's network is taken like any other, which its
 *       namespace must have been allowed to run, and with {@code allowCustomEndpoints} the class's
 *       owner answers for the rest.
 * </ul>
 *
 * Where only Services are named (routes), the Gateway's controller decides all this.
 */
public final class Endpoints {
  private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  private static final String CONTROLLER = "endpointslice-controller.k8s.io";
  private static final int MOST_NAMED = 3;

  private Endpoints() {}

  /**
   * What holds where addresses are written into proxies.
   *
   * @param allowCustom whether endpoints of other writers than the EndpointSlice controller count
   * @param nodes addresses of nodes, as far as they are known
   */
  public record Written(boolean allowCustom, Set<String> nodes) {
    public Written {
      nodes = nodes.stream().map(Address::canonical).collect(Collectors.toUnmodifiableSet());
    }
  }

  /** An endpoint as one slice tells it. */
  private record Seen(
      String identity,
      Address address,
      boolean primary,
      boolean ready,
      boolean terminating,
      boolean managed) {}

  /**
   * @param service empty when there is none
   * @param slices all of the Service, in any order
   * @param written empty where only the Service is named
   */
  public static Backend resolve(
      BalancedBackendPoolSpec.Backend backend,
      String namespace,
      Optional<Service> service,
      List<EndpointSlice> slices,
      Optional<Written> written) {
    BalancedBackendPoolSpec.ServiceRef ref = backend.service();
    String what = "Service " + namespace + "/" + ref.name();
    if (service.isEmpty()) {
      return unresolved(
          backend,
          Reasons.SERVICE_NOT_FOUND,
          what
              + " does not exist: create it, or name another one in backends["
              + backend.name()
              + "].service");
    }
    Service found = service.get();
    if ("ExternalName".equals(found.getSpec().getType())) {
      return unresolved(
          backend,
          Reasons.UNSUPPORTED_SERVICE,
          what
              + " is of type ExternalName, which has no endpoints to balance: name a Service with a"
              + " selector, or one with EndpointSlices of its own");
    }
    Optional<ServicePort> port =
        Objects.requireNonNullElse(found.getSpec().getPorts(), List.<ServicePort>of()).stream()
            .filter(p -> Objects.equals(p.getPort(), ref.port()))
            .filter(p -> p.getProtocol() == null || "TCP".equals(p.getProtocol()))
            .findFirst();
    if (port.isEmpty()) {
      String offered =
          Objects.requireNonNullElse(found.getSpec().getPorts(), List.<ServicePort>of()).stream()
              .map(p -> String.valueOf(p.getPort()))
              .collect(Collectors.joining(", "));
      return unresolved(
          backend,
          Reasons.PORT_NOT_FOUND,
          what + " has no TCP port " + ref.port() + ": use one of " + offered);
    }
    if (!slices.isEmpty() && slices.stream().allMatch(s -> "FQDN".equals(s.getAddressType()))) {
      return unresolved(
          backend,
          Reasons.UNSUPPORTED_SERVICE,
          what + " has endpoints by host name only (FQDN slices): endpoints need IP addresses");
    }
    Map<String, SortedSet<String>> refused = new TreeMap<>();
    List<Endpoint> endpoints =
        endpoints(
            backend.name(),
            found,
            Objects.requireNonNullElse(port.get().getName(), ""),
            slices,
            written,
            refused);
    return new Backend.Resolved(
        backend.name(),
        backend.capacity(),
        endpoints,
        serviceAddresses(found, ref.port()),
        refused.entrySet().stream()
            .map(entry -> named(entry.getValue()) + " of " + what + " " + entry.getKey())
            .toList());
  }

  private static String named(SortedSet<String> addresses) {
    return addresses.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
        + (addresses.size() > MOST_NAMED
            ? " and " + (addresses.size() - MOST_NAMED) + " more"
            : "");
  }

  private static Backend unresolved(
      BalancedBackendPoolSpec.Backend backend, String reason, String message) {
    return new Backend.Unresolved(backend.name(), backend.capacity(), reason, message);
  }

  private static List<Endpoint> endpoints(
      String backend,
      Service service,
      String portName,
      List<EndpointSlice> slices,
      Optional<Written> written,
      Map<String, SortedSet<String>> refused) {
    String primaryFamily = primaryFamily(service, slices);
    boolean notReadyToo = Boolean.TRUE.equals(service.getSpec().getPublishNotReadyAddresses());
    Map<EndpointId, List<Seen>> byId = new HashMap<>();
    for (EndpointSlice slice : slices) {
      Integer port = portOf(slice, portName);
      if ("FQDN".equals(slice.getAddressType()) || port == null) {
        continue;
      }
      boolean primary = primaryFamily.equals(slice.getAddressType());
      for (var endpoint : orEmpty(slice.getEndpoints())) {
        // More than one address in one endpoint is undefined by the API; consumers use the first.
        Optional<String> first = orEmpty(endpoint.getAddresses()).stream().findFirst();
        if (first.isEmpty()) {
          continue;
        }
        Seen seen =
            seen(endpoint, first.get(), port, primary, managed(slice, endpoint), notReadyToo);
        Optional<String> why = written.flatMap(rules -> refusal(rules, seen, service));
        if (why.isPresent()) {
          refused.computeIfAbsent(why.get(), w -> new TreeSet<>()).add(seen.address().toString());
        } else {
          byId.computeIfAbsent(
                  new EndpointId(backend, seen.identity(), port), id -> new ArrayList<>())
              .add(seen);
        }
      }
    }
    List<Endpoint> endpoints = new ArrayList<>();
    byId.forEach((id, all) -> merged(id, all).ifPresent(endpoints::add));
    endpoints.sort((a, b) -> a.id().compareTo(b.id()));
    return endpoints;
  }

  /** The label alone proves little: who may write slices may write labels. */
  private static boolean managed(
      EndpointSlice slice, io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint) {
    var labels = slice.getMetadata().getLabels();
    var pod = endpoint.getTargetRef();
    return labels != null
        && CONTROLLER.equals(labels.get(MANAGED_BY))
        && pod != null
        && "Pod".equals(pod.getKind())
        && Objects.equals(slice.getMetadata().getNamespace(), pod.getNamespace());
  }

  private static Optional<String> refusal(Written rules, Seen seen, Service service) {
    String ip = seen.address().ip();
    return ForbiddenAddresses.why(ip)
        .or(() ->
            rules.nodes().contains(ip)
                ? Optional.of("an address of the control plane")
                : Optional.empty())
        .map(what -> "is " + what + ", which is never written into a proxy: remove it there")
        .or(() ->
            seen.managed() || rules.allowCustom()
                ? Optional.empty()
                : Optional.of(
                    "is not used, because the EndpointSlice controller did not write it for a pod"
                        + " of namespace "
                        + service.getMetadata().getNamespace()
                        + ": give the Service a selector, or ask the owner of the class for"
                        + " policy.allowCustomEndpoints"));
  }

  private static Seen seen(
      io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint,
      String address,
      int port,
      boolean primary,
      boolean managed,
      boolean notReadyToo) {
    Address at = new Address(address, port);
    // Of other kinds (a node, a machine) one object may stand behind several addresses.
    var target = endpoint.getTargetRef();
    String uid = target == null || !"Pod".equals(target.getKind()) ? null : target.getUid();
    EndpointConditions conditions = endpoint.getConditions();
    boolean ready = conditions == null || !Boolean.FALSE.equals(conditions.getReady());
    boolean terminating = conditions != null && Boolean.TRUE.equals(conditions.getTerminating());
    return new Seen(
        uid == null || uid.isEmpty() ? at.ip() : uid,
        at,
        primary,
        ready || notReadyToo,
        terminating && !notReadyToo,
        managed);
  }

  /**
   * The same endpoint from several slices: of a duplicate with contradicting conditions the better
   * one counts, as kube-proxy does.
   */
  private static Optional<Endpoint> merged(EndpointId id, List<Seen> all) {
    List<Seen> counted = all.stream().filter(Seen::primary).toList();
    if (counted.isEmpty()) {
      return Optional.empty();
    }
    SortedSet<Address> addresses =
        all.stream().map(Seen::address).collect(Collectors.toCollection(TreeSet::new));
    // A pod that comes back at another address may be in two slices for a moment.
    Address primary =
        counted.stream()
            .min(Comparator.comparing((Seen seen) -> !seen.ready()).thenComparing(Seen::address))
            .map(Seen::address)
            .orElseThrow();
    return Optional.of(
        new Endpoint(
            id,
            primary,
            addresses,
            counted.stream().anyMatch(Seen::ready),
            counted.stream().allMatch(Seen::terminating),
            counted.stream().allMatch(Seen::managed)));
  }

  private static String primaryFamily(Service service, List<EndpointSlice> slices) {
    List<String> families = service.getSpec().getIpFamilies();
    if (families != null && !families.isEmpty()) {
      return families.getFirst();
    }
    // Only a Service that no API server has defaulted comes without; then one family cannot be told
    // from the other.
    return slices.stream().anyMatch(s -> "IPv4".equals(s.getAddressType())) ? "IPv4" : "IPv6";
  }

  private static @Nullable Integer portOf(EndpointSlice slice, String name) {
    return orEmpty(slice.getPorts()).stream()
        .filter(p -> Objects.requireNonNullElse(p.getName(), "").equals(name))
        .map(EndpointPort::getPort)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static Set<Address> serviceAddresses(Service service, int port) {
    List<String> ips =
        service.getSpec().getClusterIPs() == null || service.getSpec().getClusterIPs().isEmpty()
            ? service.getSpec().getClusterIP() == null
                ? List.of()
                : List.of(service.getSpec().getClusterIP())
            : service.getSpec().getClusterIPs();
    return ips.stream()
        .filter(ip -> !ip.isEmpty() && !"None".equals(ip))
        .map(ip -> new Address(ip, port))
        .collect(Collectors.toSet());
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
