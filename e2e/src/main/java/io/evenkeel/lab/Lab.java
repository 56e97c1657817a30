package io.evenkeel.lab;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A whole lab in one value: a sandbox with a control plane, to which proxies and backends are
 * added. All of it is closed in reverse order. Parts that are still being made are waited for only
 * by what needs them, so a lab with HAProxy is up while Contour is being built.
 */
public final class Lab implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Binaries binaries;
  private final Sandbox sandbox;
  private final ControlPlane controlPlane;

  private Lab(Binaries binaries, ControlPlane.Options options) {
    this.binaries = binaries;
    this.sandbox = keep(Sandbox.open());
    try {
      this.controlPlane = keep(ControlPlane.start(sandbox, binaries, options));
    } catch (RuntimeException e) {
      sandbox.close();
      throw e;
    }
  }

  /** Returns when the API server is ready. The binaries stay the caller's to close. */
  public static Lab open(Binaries binaries, ControlPlane.Options options) {
    return new Lab(binaries, options);
  }

  private <T extends AutoCloseable> T keep(T resource) {
    open.push(resource);
    return resource;
  }

  public Sandbox sandbox() {
    return sandbox;
  }

  public ControlPlane controlPlane() {
    return controlPlane;
  }

  /** The team, as admin. */
  public ClusterUser user() {
    return new ClusterUser(controlPlane.client());
  }

  /** Whoever bends things, as admin. */
  public Saboteur saboteur() {
    return new Saboteur(controlPlane.client());
  }

  /** A backend at 10.97.0.{@code host}:8080. */
  public Backend backend(String name, int host, Backend.Behaviour behaviour) {
    return keep(Backend.start(name, Sandbox.address(host), 8080, behaviour));
  }

  public HaproxyReplica haproxy(HaproxyReplica.Spec spec) {
    return keep(HaproxyReplica.start(sandbox, binaries, spec));
  }

  public Contour contour() {
    return keep(Contour.start(sandbox, binaries, controlPlane));
  }

  public EnvoyProxy envoy(Contour contour, int number) {
    return keep(EnvoyProxy.start(sandbox, binaries, contour, number));
  }

  /** Starts at once; stopped with the lab at the latest. */
  public LoadGenerator load(LoadGenerator.Plan plan) {
    return keep(LoadGenerator.start(plan));
  }

  @Override
  public void close() {
    LabException trouble = new LabException("the lab did not close cleanly");
    for (AutoCloseable resource : List.copyOf(open)) {
      try {
        resource.close();
      } catch (Exception e) {
        trouble.addSuppressed(e); // The rest has to end all the same.
      }
    }
    open.clear();
    if (trouble.getSuppressed().length > 0) {
      throw trouble;
    }
  }
}
