package io.evenkeel.demo;

import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Installation;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The whole demo inside its sandbox: the control plane comes up, then scenario after scenario. */
final class Story implements Stages, AutoCloseable {
  /** In the order of the story. */
  static final List<Scenario> SCENARIOS =
      List.of(
          new OutageReplay(),
          new ProxyWeightsEdited(),
          new ProxyRestarted(),
          new EndpointsChanged(),
          new RouteWeightsEdited(),
          new RouteDeleted());

  /** In the order in which they are needed. */
  static final List<Part> PARTS =
      List.of(
          Part.HAPROXY,
          Part.ETCD,
          Part.KUBE_APISERVER,
          Part.GATEWAY_API_CRDS,
          Part.CONTOUR_CRDS,
          Part.ENVOY,
          Part.CONTOUR);

  /** Enough for the first scenario; the others are made meanwhile. */
  private static final List<Part> FIRST = PARTS.subList(0, 3);

  private final Binaries binaries;
  private final Screen screen;
  private final Sandbox sandbox = Sandbox.open();
  private final ControlPlane plane;
  private final Shop shop;
  private final Watch watch;
  private final PrintStream out;
  private final boolean terminal;
  private @Nullable HaproxyStage haproxy;
  private @Nullable GatewayStage gateway;

  Story(Binaries binaries, Screen screen, PrintStream out, boolean terminal) throws IOException {
    this.binaries = binaries;
    this.screen = screen;
    this.out = out;
    this.terminal = terminal;
    binaries.await(FIRST, out, terminal);
    screen.say("starting etcd and the API server …");
    long begun = System.nanoTime();
    this.plane = ControlPlane.start(sandbox, binaries);
    Installation installation = Installation.apply(plane);
    this.shop = new Shop(plane.client());
    this.watch = new Watch(sandbox, installation, shop, screen);
    screen.say("the API server is ready after %,d ms".formatted(millisSince(begun)));
  }

  private static long millisSince(long begun) {
    return (System.nanoTime() - begun) / 1_000_000;
  }

  Report tell(List<Scenario> scenarios) throws IOException {
    List<Result> results = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      Result result = scenario.play(this);
      results.add(result);
      screen.say(
          "%s %s: %s%n"
              .formatted(
                  result.ok() ? "✓" : "✗ NOT even and verified:", result.id(), result.summary()));
      if (!result.ok()) {
        screen.say(watch.tail());
      }
    }
    return new Report(results);
  }

  @Override
  public HaproxyStage haproxy() throws IOException {
    if (haproxy == null) {
      screen.say("starting two HAProxy replicas and their backends …");
      haproxy = new HaproxyStage(sandbox, binaries, shop);
    }
    return haproxy;
  }

  @Override
  public GatewayStage gateway() {
    if (gateway == null) {
      binaries.await(PARTS, out, terminal);
      screen.say("starting Contour, an Envoy and their backends …");
      gateway = new GatewayStage(sandbox, plane, binaries, shop);
    }
    return gateway;
  }

  @Override
  public Watch watch() {
    return watch;
  }

  @Override
  public Shop shop() {
    return shop;
  }

  @Override
  public Screen screen() {
    return screen;
  }

  /** Stays until the process is told to end. */
  void keep(Path kubectl) throws InterruptedException {
    screen.say(
        """
        It stays up until Ctrl-C. From another terminal, as root:
          evenkeel_lab=$(pgrep -nf 'io.evenkeel.e2e.Main demo')
          nsenter --target $evenkeel_lab --net --mount %s --kubeconfig %s get bbp --all-namespaces -o wide
        """
            .formatted(kubectl, plane.kubeconfig()));
    new CountDownLatch(1).await();
  }

  @Override
  public void close() throws IOException {
    try {
      watch.close();
      if (gateway != null) {
        gateway.close();
      }
      if (haproxy != null) {
        haproxy.close();
      }
    } finally {
      plane.close();
      sandbox.close();
      screen.close();
    }
  }
}
