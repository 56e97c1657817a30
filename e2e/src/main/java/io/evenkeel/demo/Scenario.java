package io.evenkeel.demo;

import java.io.IOException;

/** One thing that goes wrong in a cluster, and what becomes of it. */
interface Scenario {
  /** Its name on the command line and in the report. */
  String id();

  /** Plays it, and leaves the stages as it found them. */
  Result play(Stages stages) throws IOException;
}
