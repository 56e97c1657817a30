package io.evenkeel.demo;

import java.io.IOException;

/** One thing that goes wrong in a cluster, and what becomes of it. */
interface Scenario {
  /** Its name on the command line and in the report. */
  String id();

  /** Plays it on a stage that it leaves as it found it. */
  Result play(HaproxyStage stage) throws IOException;
}
