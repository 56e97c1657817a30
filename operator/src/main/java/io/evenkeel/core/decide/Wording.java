package io.evenkeel.core.decide;

import io.evenkeel.core.share.Share;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How differences are told to people. */
final class Wording {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Wording() {}

  /** The time of day in UTC. */
  static String time(Instant instant) {
    return TIME.format(instant);
  }

  static String gets(String who, Share is, Share should, Snapshot snapshot) {
    return who
        + " gets "
        + is.percent()
        + ", should get "
        + should.percent()
        + " ± "
        + snapshot.intent().driftTolerance().percent();
  }
}
