package io.evenkeel.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/** Draws a frame as lines of text: one row for each address, one bar for each rung. Pure. */
final class Picture {
  private static final int BAR = 14;
  private static final String[] EIGHTHS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

  private Picture() {}

  static List<String> draw(Frame frame) {
    List<String> lines = new ArrayList<>();
    lines.add(frame.title());
    lines.add(frame.story());
    lines.add("");
    SortedSet<String> addresses = new TreeSet<>();
    frame.columns().forEach(column -> addresses.addAll(column.shares().keySet()));
    StringBuilder head = new StringBuilder(pad("backend", 18));
    frame.columns().forEach(column -> head.append(pad(column.name(), BAR + 10)));
    lines.add(head.toString().stripTrailing());
    for (String address : addresses) {
      StringBuilder row = new StringBuilder(pad(address, 18));
      for (Frame.Column column : frame.columns()) {
        row.append(pad(cell(column, address), BAR + 10));
      }
      lines.add(row.toString().stripTrailing());
    }
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "requests %,d   lost %,d   %s",
            frame.counters().total(),
            frame.counters().failed(),
            frame.verdict()));
    return lines;
  }

  private static String cell(Frame.Column column, String address) {
    if (column.shares().isEmpty()) {
      return "unknown";
    }
    double share = column.shares().getOrDefault(address, 0.0);
    return String.format(Locale.ROOT, "%s %5.1f %%", pad(bar(share), BAR), share * 100);
  }

  /** A bar in eighths of a cell, full at a share of 1. */
  static String bar(double share) {
    int eighths = (int) Math.round(Math.clamp(share, 0, 1) * BAR * 8);
    return "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
  }

  private static String pad(String text, int width) {
    return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
  }
}
