package io.evenkeel.lab;

/**
 * What the lab is made of and does not come with the JDK, each with the name of its executable or
 * folder. {@link Binaries} finds, builds or installs them.
 */
public enum Part {
  ETCD("etcd"),
  KUBE_APISERVER("kube-apiserver"),
  KUBE_CONTROLLER_MANAGER("kube-controller-manager"),
  KUBECTL("kubectl"),
  /** Our own stand-in for a kubelet, see {@link NodeAgent}. */
  NODE_AGENT("node-agent"),
  HAPROXY("haproxy"),
  ENVOY("envoy"),
  CONTOUR("contour"),
  /**
   * A folder: the standard channel of the Gateway API's definitions, and in its folder {@code
   * experimental-only} those of the kinds that have no standard version yet.
   */
  GATEWAY_API_CRDS("gateway-api-crds"),
  /** A folder: Contour's own definitions. */
  CONTOUR_CRDS("contour-crds");

  private final String id;

  Part(String id) {
    this.id = id;
  }

  /** The executable's name on a PATH, or the folder's name in the cache. */
  public String id() {
    return id;
  }

  boolean isExecutable() {
    return this != GATEWAY_API_CRDS && this != CONTOUR_CRDS;
  }
}
