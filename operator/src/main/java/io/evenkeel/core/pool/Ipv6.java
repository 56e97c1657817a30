package io.evenkeel.core.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * IPv6 has many spellings of one address: proxies, slices and people each have their own. Read here
 * as RFC 4291 section 2.2 says, without zones, for the core asks no resolver and no network card.
 */
final class Ipv6 {
  private static final int GROUPS = 8;
  private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

  private Ipv6() {}

  /**
   * All eight groups in lower case and without leading zeros, as Java writes them; IPv4 where it is
   * only wrapped (::ffff:10.0.0.1). Empty when the text is no IPv6 address.
   */
  static Optional<String> canonical(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      return groups(text, true).filter(groups -> groups.size() == GROUPS).map(Ipv6::write);
    }
    Optional<List<Integer>> head = groups(text.substring(0, gap), false);
    Optional<List<Integer>> tail = groups(text.substring(gap + 2), true);
    if (head.isEmpty() || tail.isEmpty() || head.get().size() + tail.get().size() >= GROUPS) {
      return Optional.empty();
    }
    List<Integer> all = new ArrayList<>(head.get());
    while (all.size() + tail.get().size() < GROUPS) {
      all.add(0);
    }
    all.addAll(tail.get());
    return Optional.of(write(all));
  }

  private static String write(List<Integer> groups) {
    if (groups.subList(0, 6).equals(List.of(0, 0, 0, 0, 0, 0xffff))) {
      return groups.subList(6, GROUPS).stream()
          .map(group -> (group >> 8) + "." + (group & 0xff))
          .collect(Collectors.joining("."));
    }
    return groups.stream().map(Integer::toHexString).collect(Collectors.joining(":"));
  }

  /** Groups between colons; the last two may be written as IPv4 where the text ends the address. */
  private static Optional<List<Integer>> groups(String text, boolean end) {
    List<Integer> groups = new ArrayList<>();
    if (text.isEmpty()) {
      return Optional.of(groups);
    }
    String[] words = text.split(":", -1);
    for (int i = 0; i < words.length; i++) {
      if (GROUP.matcher(words[i]).matches()) {
        groups.add(Integer.parseInt(words[i], 16));
      } else if (end && i == words.length - 1 && IPV4.matcher(words[i]).matches()) {
        String[] bytes = words[i].split("\\.", -1);
        for (int b = 0; b < bytes.length; b += 2) {
          int high = Integer.parseInt(bytes[b]);
          int low = Integer.parseInt(bytes[b + 1]);
          if (high > 255 || low > 255) {
            return Optional.empty();
          }
          groups.add(high << 8 | low);
        }
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(groups);
  }
}
