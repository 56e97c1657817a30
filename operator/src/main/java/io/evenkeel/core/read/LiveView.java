package io.evenkeel.core.read;

import io.evenkeel.core.pool.Address;
import io.evenkeel.core.share.Distribution;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one proxy replica does with the requests of one pool, by address.
 *
 * @param configured by configured weights alone; only this can be drift
 * @param effective after health checks, ejection, slow start, agents, drains
 * @param gaps why an address's effective share departs from its configured one
 * @param requests the proxy's own request counter for each address: monotonic while {@code
 *     incarnation} stays the same
 * @param incarnation changes when counters start anew (restart, reload)
 * @param version the version of the proxy's configuration as it tells it; for evidence only
 */
public record LiveView(
    Distribution<Address> configured,
    Distribution<Address> effective,
    SortedMap<Address, Gap> gaps,
    SortedMap<Address, Long> requests,
    String incarnation,
    String version) {
  public LiveView {
    gaps = Collections.unmodifiableSortedMap(new TreeMap<>(gaps));
    requests = Collections.unmodifiableSortedMap(new TreeMap<>(requests));
  }

  /** A reading that has configured weights only. */
  public static LiveView configured(Distribution<Address> configured, Map<Address, Long> requests) {
    return new LiveView(configured, configured, new TreeMap<>(), new TreeMap<>(requests), "", "");
  }

  /** Why the effective share of an address is not its configured one. Never corrected. */
  public enum Gap {
    HEALTH_EXCLUDED,
    SLOW_START,
    AGENT_WEIGHT,
    OUTLIER_EJECTED,
    /** Drain or maintenance that Evenkeel did not set: somebody is working. */
    OPERATOR_DRAIN,
    /** Less than its weight because of a lower priority level or an overflow between levels. */
    PRIORITY
  }
}
