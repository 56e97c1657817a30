package io.evenkeel.api.v1alpha1;

/** Whether differences are only reported, or put right too. */
public enum Mode {
  Observe,
  Correct
}
