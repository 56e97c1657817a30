package io.evenkeel.bench;

import io.evenkeel.lab.Child;
import io.evenkeel.lab.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process has used so far, as the kernel counts it.
 *
 * @param residentMebibytes of memory now (VmRSS, proc(5))
 * @param cpuSeconds user and system time since it began (fields 14 and 15 of stat, in ticks of 10
 *     ms)
 */
record Footprint(long residentMebibytes, double cpuSeconds) {
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final double TICKS_PER_SECOND = 100;

  static Footprint of(Child child) {
    Path process = Path.of("/proc", String.valueOf(child.pid()));
    try {
      Matcher resident = RESIDENT.matcher(Files.readString(process.resolve("status")));
      if (!resident.find()) {
        throw new LabException(child.name() + " has ended:\n" + child.tail());
      }
      String stat = Files.readString(process.resolve("stat"));
      // The name in parentheses may hold spaces; the third field follows it.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return new Footprint(
          Long.parseLong(resident.group(1)) >> 10,
          (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND);
    } catch (IOException e) {
      throw new LabException("cannot read " + process + ": " + e.getMessage(), e);
    }
  }
}
