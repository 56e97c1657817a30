package io.evenkeel.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator last saw of a class.
 *
 * @param pools assigned to it
 * @param replicasRead proxy replicas whose last reading succeeded
 * @param replicasExpected proxy replicas that should be read
 * @param lastError the latest failure to read or write, with the replica's name; at most 1024
 *     characters
 */
@Wire
public record BalancerClassStatus(
    @Nullable Long observedGeneration,
    List<Condition> conditions,
    @Nullable Integer pools,
    @Nullable Integer replicasRead,
    @Nullable Integer replicasExpected,
    @Nullable String lastError) {
  public BalancerClassStatus {
    conditions = Values.copy(conditions);
    lastError = Values.cutIfPresent(lastError, 1024);
  }
}
