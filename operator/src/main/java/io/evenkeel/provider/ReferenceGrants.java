package io.evenkeel.provider;

import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether a reference to another namespace is permitted, as Gateway API defines it: some
 * ReferenceGrant in the target's namespace names the referrer's group, kind and namespace, and the
 * target's group and kind (and its name, or no name).
 */
public final class ReferenceGrants {
  /** Who refers. The core group is the empty string. */
  public record From(String group, String kind, String namespace) {}

  /** What is referred to. The core group is the empty string. */
  public record To(String group, String kind, String namespace, String name) {
    /** A Service, which is what backends are. */
    public static To service(String namespace, String name) {
      return new To("", "Service", namespace, name);
    }
  }

  private ReferenceGrants() {}

  /** True within one namespace, without any grant; otherwise one of the grants must permit it. */
  public static boolean permit(Stream<ReferenceGrant> grants, From from, To to) {
    return from.namespace().equals(to.namespace())
        || grants
            .filter(grant -> to.namespace().equals(grant.getMetadata().getNamespace()))
            .filter(grant -> grant.getMetadata().getDeletionTimestamp() == null)
            .anyMatch(grant -> permits(grant, from, to));
  }

  private static boolean permits(ReferenceGrant grant, From from, To to) {
    var spec = grant.getSpec();
    return spec != null
        && spec.getFrom().stream()
            .anyMatch(f ->
                from.group().equals(orEmpty(f.getGroup()))
                    && from.kind().equals(f.getKind())
                    && from.namespace().equals(f.getNamespace()))
        && spec.getTo().stream()
            .anyMatch(t ->
                to.group().equals(orEmpty(t.getGroup()))
                    && to.kind().equals(t.getKind())
                    && (orEmpty(t.getName()).isEmpty() || to.name().equals(t.getName())));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
