package io.evenkeel.core.read;

/** How far the declaring room reaches into a proxy replica at run time. */
public enum Reach {
  /** Not at all: a control plane brings what is declared into the proxy. */
  NONE,
  /** Weights; which servers there are is somebody else's. */
  WEIGHTS,
  /** Servers and their weights: nobody but Evenkeel brings a missing one. */
  MEMBERS
}
