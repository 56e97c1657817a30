package io.evenkeel.core.read;

import java.util.Comparator;

/** One proxy replica: the fleet it belongs to and its pod name or address. */
public record ReplicaId(String fleet, String name) implements Comparable<ReplicaId> {
  private static final Comparator<ReplicaId> ORDER =
      Comparator.comparing(ReplicaId::fleet).thenComparing(ReplicaId::name);

  @Override
  public int compareTo(ReplicaId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return fleet + "/" + name;
  }
}
