package io.evenkeel.core.read;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

/** What a source says, or why it says nothing. A failed read is never an empty value. */
public sealed interface Reading<T> {
  record Known<T>(T value, Instant at) implements Reading<T> {}

  /**
   * It could be known but is not.
   *
   * @param reason CamelCase, for conditions and metrics
   * @param message a sentence for people
   */
  record Unknown<T>(String reason, String message) implements Reading<T> {}

  /** This source cannot know it, ever: the finer rung does not exist here. */
  record NotSupported<T>(String reason, String message) implements Reading<T> {}

  default Optional<T> known() {
    return this instanceof Known<T> known ? Optional.of(known.value()) : Optional.empty();
  }

  default <R> Reading<R> map(Function<T, R> function) {
    return switch (this) {
      case Known<T>(T value, Instant at) -> new Known<>(function.apply(value), at);
      case Unknown<T>(String reason, String message) -> new Unknown<>(reason, message);
      case NotSupported<T>(String reason, String message) -> new NotSupported<>(reason, message);
    };
  }
}
