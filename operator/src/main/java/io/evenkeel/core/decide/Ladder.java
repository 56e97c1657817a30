package io.evenkeel.core.decide;

import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.share.Share;
import java.util.List;
import java.util.Optional;

/**
 * The four distributions side by side, for status, metrics, the CLI and the demo.
 *
 * @param maxDeviation the largest relative deviation of the lowest known rung from desired
 */
public record Ladder(List<BackendRow> backends, List<EndpointRow> endpoints, Share maxDeviation) {
  public Ladder {
    backends = List.copyOf(backends);
    endpoints = List.copyOf(endpoints);
  }

  /**
   * One backend over all rungs; an empty value is a rung that is not known. Live is the range over
   * counted replicas.
   */
  public record BackendRow(
      String backend,
      int readyEndpoints,
      Optional<Integer> weight,
      Share desired,
      Share effective,
      Optional<Share> declared,
      Optional<Share> liveMin,
      Optional<Share> liveMax,
      Optional<Share> observed) {}

  /** One endpoint over the rungs that are known per endpoint. */
  public record EndpointRow(
      EndpointId endpoint,
      String address,
      Share desired,
      Share effective,
      Optional<Share> liveMin,
      Optional<Share> liveMax,
      Optional<Share> observed,
      long requests) {}
}
