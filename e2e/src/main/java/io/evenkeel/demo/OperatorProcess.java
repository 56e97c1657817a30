package io.evenkeel.demo;

import io.evenkeel.cli.Evenkeel;
import io.evenkeel.lab.Child;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Sandbox;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The real program, in a JVM of its own. */
final class OperatorProcess implements AutoCloseable {
  /** Its user in the API server. */
  static final String USER = "evenkeel-operator";

  private static final int PORT = 8088;

  private final Child child;

  private OperatorProcess(Child child) {
    this.child = child;
  }

  /** Returns when {@code /readyz} says so. */
  static OperatorProcess start(Sandbox sandbox, ControlPlane plane) {
    Child child =
        sandbox.start(
            "operator",
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UseCompactObjectHeaders",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Evenkeel.class.getName(),
                "operator",
                "--leader-election=false",
                "--bind-address=127.0.0.1",
                "--port=" + PORT),
            Map.of("KUBECONFIG", plane.kubeconfig(USER).toString()));
    child.awaitReady(Duration.ofSeconds(60), OperatorProcess::ready);
    return new OperatorProcess(child);
  }

  private static boolean ready() {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + PORT + "/readyz").toURL().openConnection();
      connection.setConnectTimeout(500);
      connection.setReadTimeout(500);
      return connection.getResponseCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The end of its log. */
  String tail() {
    return child.tail();
  }

  @Override
  public void close() {
    child.close();
  }
}
