package io.evenkeel.core.plan;

import io.evenkeel.core.read.ReplicaId;

/** One guarded, idempotent write that a provider is asked for. */
public sealed interface Write {
  Weights weights();

  /** Make the declaring object say this; create it when it is ours and missing. */
  record Declare(Weights weights) implements Write {}

  /** Make one proxy replica do this at run time. */
  record Program(ReplicaId replica, Weights weights) implements Write {}
}
