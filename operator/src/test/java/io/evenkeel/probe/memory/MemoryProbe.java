package io.evenkeel.probe.memory;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.probe.Probe;
import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads lines of {@code backend ip port weight}, whoever tells them. */
public record MemoryProbe(InstantSource clock) implements Probe {
  @Override
  public String name() {
    return "Memory";
  }

  @Override
  public Session open(Dialer dialer) {
    return new MemorySession(dialer, clock);
  }

  private record MemorySession(Dialer dialer, InstantSource clock) implements Session {
    @Override
    public String fingerprint() throws IOException {
      try (Connection connection = dialer.dial()) {
        return new String(connection.input().readAllBytes(), StandardCharsets.US_ASCII);
      }
    }

    @Override
    public Map<LiveTarget, Reading<LiveView>> read(Set<LiveTarget> targets) throws IOException {
      Map<String, SortedMap<Address, Integer>> backends = new HashMap<>();
      for (String line : fingerprint().lines().toList()) {
        String[] words = line.split(" ", 4);
        backends
            .computeIfAbsent(words[0], _ -> new TreeMap<>())
            .put(new Address(words[1], Integer.parseInt(words[2])), Integer.parseInt(words[3]));
      }
      Map<LiveTarget, Reading<LiveView>> readings = new HashMap<>();
      targets.forEach(target -> readings.put(target, reading(backends, target)));
      return readings;
    }

    private Reading<LiveView> reading(
        Map<String, SortedMap<Address, Integer>> backends, LiveTarget target) {
      if (!(target instanceof LiveTarget.NamedBackend(String name))) {
        return new Reading.NotSupported<>("NoSuchTarget", "the memory has named backends only");
      }
      SortedMap<Address, Integer> weights = backends.get(name);
      return weights == null
          ? new Reading.Unknown<>("RouteMissing", "the memory has no backend \"" + name + "\"")
          : new Reading.Known<>(
              LiveView.configured(Distribution.ofCounts(weights), Map.of()), clock.instant());
    }

    @Override
    public void close() {}
  }
}
