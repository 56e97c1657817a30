package io.evenkeel.cli;

import io.evenkeel.api.v1alpha1.Percent;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Draws shares. */
final class Bars {
  private static final int WIDTH = 20;

  private Bars() {}

  /**
   * A bar of twenty cells and the number; a share that is not known is a line of dots, never an
   * empty bar.
   */
  static String bar(@Nullable Percent share) {
    if (share == null) {
      return "·".repeat(WIDTH) + "      ?";
    }
    int full = Math.clamp(Math.round(share.hundredths() * (float) WIDTH / 10_000), 0, WIDTH);
    return "█".repeat(full)
        + "░".repeat(WIDTH - full)
        + String.format(Locale.ROOT, " %6.2f %%", share.hundredths() / 100.0);
  }
}
