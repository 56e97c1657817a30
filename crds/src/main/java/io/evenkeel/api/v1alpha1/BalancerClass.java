package io.evenkeel.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** Placeholder. */
@Group("evenkeel.io")
@Version("v1alpha1")
public class BalancerClass extends CustomResource<Void, Void>  {}
