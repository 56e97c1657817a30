package io.evenkeel.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * Backends that share the requests of one or more routes, and how evenly. Namespaced: an
 * application team owns it and can name only its own Services and hosts.
 */
@Group(WellKnown.GROUP)
@Version(WellKnown.VERSION)
@Kind("BalancedBackendPool")
@Plural("balancedbackendpools")
@Singular("balancedbackendpool")
@ShortNames("bbp")
public class BalancedBackendPool
    extends CustomResource<BalancedBackendPoolSpec, BalancedBackendPoolStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1;
}
