package io.evenkeel.provider.gatewayapi;

import static io.evenkeel.provider.gatewayapi.RouteView.list;
import static io.evenkeel.provider.gatewayapi.RouteView.or;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Which listeners of which Gateways a route is attached to. */
final class Parents {
  private static final Set<String> HTTP_PROTOCOLS = Set.of("HTTP", "HTTPS");

  /** A parent by identity: a parentRef with its defaults filled in. */
  record Parent(
      String group, String kind, String namespace, String name, String section, int port) {
    static Parent of(ParentReference ref, String routeNamespace) {
      return new Parent(
          or(ref.getGroup(), RouteView.GROUP),
          or(ref.getKind(), "Gateway"),
          or(ref.getNamespace(), routeNamespace),
          ref.getName(),
          or(ref.getSectionName(), ""),
          ref.getPort() == null ? 0 : ref.getPort());
    }

    boolean isGateway() {
      return group.equals(RouteView.GROUP) && kind.equals("Gateway");
    }

    boolean sameObject(Parent other) {
      return group.equals(other.group)
          && kind.equals(other.kind)
          && namespace.equals(other.namespace)
          && name.equals(other.name);
    }

    @Override
    public String toString() {
      return kind
          + " "
          + namespace
          + "/"
          + name
          + (section.isEmpty() ? "" : ", listener " + section);
    }
  }

  /**
   * One listener that a route is attached to.
   *
   * @param section empty when the Gateway is not known and the route names no listener
   * @param hostname the listener's, empty for every host
   */
  record Attachment(String gateway, String section, String hostname) {
    boolean sameListener(Attachment other) {
      return gateway.equals(other.gateway) && section.equals(other.section);
    }
  }

  private Parents() {}

  static List<Parent> of(RouteView route) {
    return of(route.parentRefs(), route.namespace());
  }

  static List<Parent> of(List<ParentReference> refs, String routeNamespace) {
    return refs.stream().map(ref -> Parent.of(ref, routeNamespace)).toList();
  }

  /**
   * Whether a route names one of these Gateways ({@code namespace/name}): cheap, to sort out most
   * routes before a closer look.
   */
  static boolean share(List<ParentReference> refs, String routeNamespace, Set<String> gateways) {
    return refs.stream()
        .anyMatch(
            ref -> gateways.contains(or(ref.getNamespace(), routeNamespace) + "/" + ref.getName()));
  }

  /**
   * The listeners of these parents.
   *
   * @param gateways finds a Gateway by namespace and name
   */
  static List<Attachment> attachments(
      List<Parent> parents, BiFunction<String, String, Optional<Gateway>> gateways) {
    List<Attachment> found = new ArrayList<>();
    for (Parent parent : parents) {
      if (!parent.isGateway()) {
        continue;
      }
      String key = parent.namespace() + "/" + parent.name();
      Optional<Gateway> gateway = gateways.apply(parent.namespace(), parent.name());
      if (gateway.isEmpty()) {
        found.add(new Attachment(key, parent.section(), ""));
        continue;
      }
      for (Listener listener : listeners(gateway.get())) {
        if ((parent.section().isEmpty() || parent.section().equals(listener.getName()))
            && (parent.port() == 0 || Integer.valueOf(parent.port()).equals(listener.getPort()))
            && HTTP_PROTOCOLS.contains(listener.getProtocol())) {
          found.add(new Attachment(key, listener.getName(), or(listener.getHostname(), "")));
        }
      }
    }
    return found.stream().distinct().toList();
  }

  static List<Listener> listeners(Gateway gateway) {
    return gateway.getSpec() == null ? List.of() : list(gateway.getSpec().getListeners());
  }
}
