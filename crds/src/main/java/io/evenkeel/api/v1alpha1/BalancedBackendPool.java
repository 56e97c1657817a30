package io.evenkeel.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** Placeholder. */
@Group("evenkeel.io")
@Version("v1alpha1")
public class BalancedBackendPool extends CustomResource<Void, Void> implements io.fabric8.kubernetes.api.model.Namespaced {}
