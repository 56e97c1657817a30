package io.evenkeel.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * One way to balance that the platform team offers: which provider carries out the weights, how its
 * proxies are read, and the bounds that no pool can loosen. Cluster-scoped.
 */
@Group(WellKnown.GROUP)
@Version(WellKnown.VERSION)
@Kind("BalancerClass")
@Plural("balancerclasses")
@Singular("balancerclass")
@ShortNames("bclass")
public class BalancerClass extends CustomResource<BalancerClassSpec, BalancerClassStatus> {
  private static final long serialVersionUID = 1;
}
