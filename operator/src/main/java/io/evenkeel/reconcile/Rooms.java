package io.evenkeel.reconcile;

import io.evenkeel.provider.Provider;
import io.evenkeel.provider.ProviderRoom;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a room when the API server serves what it needs, and looks again for those that stay
 * closed.
 */
public final class Rooms {
  private static final Logger LOG = LoggerFactory.getLogger(Rooms.class);

  private final List<ProviderRoom> rooms;
  private final Watches watches;
  private final ProviderRoom.Context context;
  private final Map<String, Provider> open = new ConcurrentHashMap<>();
  private final Map<String, String> closed = new ConcurrentHashMap<>();
  private final Set<String> failing = ConcurrentHashMap.newKeySet();

  public Rooms(List<ProviderRoom> rooms, Watches watches, ProviderRoom.Context context) {
    this.rooms = List.copyOf(rooms);
    this.watches = watches;
    this.context = context;
  }

  /**
   * Tries every closed room.
   *
   * @return whether a room opened
   */
  public synchronized boolean discover() {
    boolean opened = false;
    for (ProviderRoom room : rooms) {
      if (open.containsKey(room.name())) {
        continue;
      }
      try {
        List<String> missing =
            room.watches().stream()
                .filter(w -> w.required() && !watches.served(w.type()))
                .map(w -> HasMetadata.getFullResourceName(w.type()))
                .toList();
        failing.remove(room.name());
        if (!missing.isEmpty()) {
          closed.put(
              room.name(),
              "provider "
                  + room.name()
                  + " is off because the cluster does not serve "
                  + String.join(", ", missing)
                  + ": install these CRDs; it turns on by itself");
          continue;
        }
        room.watches().stream()
            .filter(w -> w.required() || watches.served(w.type()))
            .forEach(w -> watches.watch(w.type()));
        open.put(room.name(), room.open(context));
        closed.remove(room.name());
        opened = true;
        LOG.info("provider on name={}", room.name());
      } catch (RuntimeException e) {
        failing.add(room.name());
        closed.put(room.name(), "provider " + room.name() + " is off: " + e.getMessage());
        LOG.warn("provider off name={} why={}", room.name(), e.getMessage());
      }
    }
    return opened;
  }

  public Optional<Provider> provider(String name) {
    return Optional.ofNullable(open.get(name));
  }

  public List<Provider> all() {
    return List.copyOf(open.values());
  }

  /**
   * Whether one of these rooms could not be opened although it may have had something to do before:
   * what it needs could not be asked for or not be watched. A room whose kinds are not served has
   * nothing left to do.
   */
  boolean anyFailing(Predicate<String> names) {
    return failing.stream().anyMatch(names);
  }

  /** Why a room is closed, and what to do. */
  public String whyClosed(String name) {
    return closed.getOrDefault(name, "this build has no provider " + name);
  }
}
