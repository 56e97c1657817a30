package io.evenkeel.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.evenkeel.lab.Binaries;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Part;
import io.evenkeel.lab.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench}: figures of the operator on a real API server. */
@Command(
    name = "bench",
    description = {
      "How fast and how small: many pools on a real API server, their routes bent one by one and"
          + " all at once, beside a bare watch-and-patch loop in the same run. Close everything"
          + " else: absolute figures are this machine's, ratios are not.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class BenchCommand implements Callable<Integer> {
  private static final List<Part> PARTS =
      List.of(Part.ETCD, Part.KUBE_APISERVER, Part.GATEWAY_API_CRDS);

  @Option(
      names = "--pools",
      paramLabel = "N",
      defaultValue = "1000",
      description = "How many pools. Default: ${DEFAULT-VALUE}.")
  private int pools;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "400",
      description = "How many routes are bent one by one. Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures there as JSON, too.")
  private @Nullable Path json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Binaries binaries = Binaries.open()) {
      if (!Sandbox.isInside()) {
        binaries.await(PARTS, System.out, System.console() != null);
        return Sandbox.reenter(Objects.requireNonNull(spec), binaries.environment());
      }
      try (Sandbox sandbox = Sandbox.open();
          ControlPlane plane = ControlPlane.start(sandbox, binaries)) {
        plane.applyCrds(binaries.get(Part.GATEWAY_API_CRDS));
        try (Bench bench = new Bench(sandbox, plane, pools, System.out)) {
          Figures figures = bench.run(samples);
          if (json != null) {
            new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValue(json.toFile(), figures);
          }
        }
      }
    }
    return 0;
  }
}
