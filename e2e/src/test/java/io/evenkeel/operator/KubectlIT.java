package io.evenkeel.operator;

import static io.evenkeel.operator.ShippedLab.LIMIT;
import static io.evenkeel.operator.ShippedLab.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.lab.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What an engineer on call sees with the real kubectl, of a pool that was bent and corrected. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubectlIT {
  private ShippedLab shop;

  @BeforeAll
  void start() {
    shop = new ShippedLab();
    var unused = shop.operator();
    shop.pool("web", "balancerClassName: edge");
    shop.pool("checkout", "route: {hostnames: [checkout.example.com]}");
    shop.awaitReady("web");
    shop.awaitReady("checkout");
    shop.lab().saboteur().bendRoute(NAMESPACE, "checkout", Map.of("green", 97));
    shop.lab().saboteur().bendHaproxy(shop.edge1(), "s11", 97);
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> {
          assertThat(kubectl("get", "events", "-n", NAMESPACE)).contains("checkout", "web");
          assertThat(row("bbp", "checkout")).containsKey("CHANGED BY");
          assertThat(row("bbp", "checkout").get("CHANGED BY")).isEqualTo("saboteur");
        });
    shop.awaitWeights("checkout", 1, 1);
    shop.awaitReady("checkout");
    shop.awaitReady("web");
  }

  @AfterAll
  void stop() {
    if (shop != null) {
      shop.close();
    }
  }

  @Test
  void columnsTellTheState() {
    Map<String, String> checkout = row("bbp", "checkout");
    assertThat(checkout)
        .containsEntry("READY", "True")
        .containsEntry("LIVE", "1/1")
        .containsEntry("MAX DEVIATION", "0.00")
        .containsEntry("BACKENDS", "2/2")
        .containsEntry("CLASS", "public")
        .containsEntry("MODE", "Correct")
        .containsEntry("HOSTS", "checkout.example.com")
        .containsEntry("PAUSED", "")
        .containsEntry("CHANGED BY", "saboteur");
    assertThat(checkout.get("LAST DRIFT")).matches("\\d+s|\\d+m\\d*s?");
    assertThat(row("bbp", "web")).containsEntry("LIVE", "2/2").containsEntry("CLASS", "edge");
    assertThat(row("bclass", "public"))
        .containsEntry("PROVIDER", "GatewayAPI")
        .containsEntry("ACCEPTED", "True")
        .containsEntry("PROBES", "True")
        .containsEntry("POOLS", "1")
        .containsEntry("SUSPENDED", "false")
        .containsEntry("DEFAULT", "true");
  }

  @Test
  void eventsTellWhoChangedWhatAndWhatWasCorrected() {
    String route = kubectl("describe", "bbp", "checkout", "-n", NAMESPACE);
    System.out.println(route);
    String events = route.substring(route.indexOf("Events:"));
    assertThat(events)
        .containsPattern("Warning +DriftDetected .*saboteur.*backendRefs\\[green\\]\\.weight is 97")
        .containsPattern("Normal +Corrected .*checkout.*ms after detection");
    String proxy = kubectl("describe", "bbp", "web", "-n", NAMESPACE);
    System.out.println(proxy);
    assertThat(proxy.substring(proxy.indexOf("Events:")))
        .containsPattern("Warning +DriftDetected .*edge-1")
        .containsPattern("Normal +Corrected .*ms after detection");
    System.out.println(kubectl("get", "bbp", "-A", "-o", "wide"));
    System.out.println(kubectl("get", "bclass", "-o", "wide"));
  }

  @Test
  void explainKnowsEveryField() {
    String fields = kubectl("explain", "balancedbackendpool.spec", "--recursive");
    assertThat(fields)
        .contains("backends", "driftTolerancePercent", "acknowledgeForeignOwner", "-required-");
    assertThat(kubectl("explain", "balancedbackendpool.spec.distribution.tolerancePercent"))
        .contains("0 to 100")
        .contains("Defaults to 2")
        .contains("DESCRIPTION:");
    assertThat(kubectl("explain", "balancerclass.spec.live.fleets"))
        .contains("interval", "settle", "probe");
  }

  /** One object's columns by name, from the table as it is printed. */
  private Map<String, String> row(String kind, String name) {
    List<String> lines = kubectl("get", kind, name, "-n", NAMESPACE, "-o", "wide").lines().toList();
    String header = lines.getFirst();
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i < header.length(); i++) {
      if (header.charAt(i) != ' ' && (i == 0 || (i > 1 && header.startsWith("  ", i - 2)))) {
        starts.add(i);
      }
    }
    Map<String, String> row = new TreeMap<>();
    for (int i = 0; i < starts.size(); i++) {
      int from = starts.get(i);
      int to = i + 1 < starts.size() ? starts.get(i + 1) : Integer.MAX_VALUE;
      row.put(cut(header, from, to), cut(lines.get(1), from, to));
    }
    return row;
  }

  private static String cut(String line, int from, int to) {
    return line.substring(Math.min(from, line.length()), Math.min(to, line.length())).strip();
  }

  private String kubectl(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(shop.binaries().get(Part.KUBECTL).toString());
    command.add("--kubeconfig=" + shop.plane().kubeconfig());
    command.addAll(Arrays.asList(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(out).isZero();
      return out;
    } catch (IOException e) {
      throw new IllegalStateException("kubectl did not start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
