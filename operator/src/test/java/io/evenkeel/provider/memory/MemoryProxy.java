package io.evenkeel.provider.memory;

import io.evenkeel.core.pool.Address;
import io.evenkeel.wire.Connection;
import io.evenkeel.wire.Dialer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A proxy that is nothing but the weights of its backends: one room writes them, another reads
 * them, a test bends them. Whoever dials it is told all of them, one line {@code backend ip port
 * weight} for each server.
 */
public record MemoryProxy(Map<String, SortedMap<Address, Integer>> backends) implements Dialer {
  public MemoryProxy() {
    this(new ConcurrentHashMap<>());
  }

  /** What the backend has had until now; empty for none. */
  SortedMap<Address, Integer> put(String backend, SortedMap<Address, Integer> weights) {
    SortedMap<Address, Integer> before = backends.put(backend, new TreeMap<>(weights));
    return before == null ? new TreeMap<>() : before;
  }

  @Override
  public String describe() {
    return "memory";
  }

  @Override
  public Connection dial() {
    byte[] told =
        backends.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .flatMap(backend ->
                backend.getValue().entrySet().stream()
                    .map(server ->
                        "%s %s %d %d%n"
                            .formatted(
                                backend.getKey(),
                                server.getKey().ip(),
                                server.getKey().port(),
                                server.getValue())))
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.US_ASCII);
    return new Connection() {
      @Override
      public InputStream input() {
        return new ByteArrayInputStream(told);
      }

      @Override
      public OutputStream output() {
        return OutputStream.nullOutputStream();
      }

      @Override
      public void close() {}
    };
  }
}
