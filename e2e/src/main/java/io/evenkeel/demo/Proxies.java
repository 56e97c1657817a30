package io.evenkeel.demo;

import java.util.Map;
import java.util.SortedMap;

/** The proxies of a scenario, as the demo reads them itself. */
interface Proxies {
  /**
   * Per proxy, the share of the requests that each {@code ip:port} gets; empty for one that cannot
   * be read now.
   */
  SortedMap<String, Map<String, Double>> shares();
}
