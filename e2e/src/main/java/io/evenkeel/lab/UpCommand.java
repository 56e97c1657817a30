package io.evenkeel.lab;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Brings a lab up for manual use and holds it until Ctrl-C. */
@Command(
    name = "up",
    description =
        "Brings up a control plane, Contour, two Envoys and five backends; Ctrl-C ends all.",
    mixinStandardHelpOptions = true)
public final class UpCommand implements Callable<Integer> {
  private static final List<Part> PARTS =
      List.of(
          Part.ETCD,
          Part.KUBE_APISERVER,
          Part.KUBE_CONTROLLER_MANAGER,
          Part.GATEWAY_API_CRDS,
          Part.CONTOUR_CRDS,
          Part.ENVOY,
          Part.CONTOUR);

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    try (Binaries binaries = Binaries.open()) {
      if (!Sandbox.isInside()) {
        binaries.await(PARTS, System.out, Sandbox.isOnTerminal());
        return Sandbox.reenter(Objects.requireNonNull(spec), binaries.environment());
      }
      try (Lab lab = Lab.open(binaries, ControlPlane.Options.standard().withControllers())) {
        fill(lab);
        explain(lab, System.out);
        CountDownLatch end = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(end::countDown));
        end.await();
      }
      return 0;
    }
  }

  private static void fill(Lab lab) {
    Contour contour = lab.contour();
    lab.controlPlane().createNamespace("shop");
    for (int i = 1; i <= 5; i++) {
      String service = i <= 3 ? "shop-blue" : "shop-green";
      String pod = service + "-" + i;
      Backend backend = lab.backend(pod, 10 + i, Backend.Behaviour.capacity(100));
      lab.user().createService("shop", service, 8080);
      lab.user().createPod("shop", service, pod, backend.address());
    }
    lab.user()
        .createRoute(
            "shop", "shop", "shop.example.com", 8080, Map.of("shop-blue", 3, "shop-green", 2));
    lab.envoy(contour, 1);
    lab.envoy(contour, 2);
  }

  private static void explain(Lab lab, PrintStream out) {
    // From outside, the JVM is the process that has this kubeconfig's folder mounted.
    String enter = "nsenter -t $(pgrep -n -f '[i]o.evenkeel.e2e.Main up') -n -m";
    out.printf(
        """
        The lab is up. From another terminal, as root:
          %1$s kubectl --kubeconfig %2$s get httproutes -A
          %1$s curl -sH 'Host: shop.example.com' http://10.98.1.2:8080/
          %1$s curl -s http://10.98.1.2:9901/clusters
        Ctrl-C ends it and leaves nothing behind.
        """,
        enter, lab.controlPlane().kubeconfig());
  }
}
