package io.evenkeel.core.plan;

/** What evenness means. */
public enum Unit {
  /** weight ∝ capacity × ready endpoints */
  ENDPOINT,
  /** weight ∝ capacity, among backends with a ready endpoint */
  BACKEND
}
