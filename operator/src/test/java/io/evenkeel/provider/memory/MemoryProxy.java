package io.evenkeel.provider.memory;

import io.evenkeel.core.pool.EndpointId;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The weights that the memory rooms share: one writes them, the other reads them, a test bends
 * them.
 */
public record MemoryProxy(AtomicReference<SortedMap<EndpointId, Integer>> weights) {}
