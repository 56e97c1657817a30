package io.evenkeel.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A condition as Kubernetes defines them.
 *
 * @param type one of {@link ConditionTypes}
 * @param reason one of {@link Reasons}
 * @param message a sentence with numbers, for people; at most 4096 characters, may be empty
 * @param lastTransitionTime when the status last changed, not when it was last written
 * @param observedGeneration of the object that was judged
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Condition(
    String type,
    Status status,
    String reason,
    String message,
    @Timestamp Instant lastTransitionTime,
    @Nullable Long observedGeneration) {
  public Condition {
    message = Values.cut(message, 4096);
  }

  /** True, false, or not known. */
  public enum Status {
    True,
    False,
    Unknown
  }
}
