package io.evenkeel.core.pool;

import java.util.Comparator;

/** The namespace and name of a pool. */
public record PoolId(String namespace, String name) implements Comparable<PoolId> {
  private static final Comparator<PoolId> ORDER =
      Comparator.comparing(PoolId::namespace).thenComparing(PoolId::name);

  @Override
  public int compareTo(PoolId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
