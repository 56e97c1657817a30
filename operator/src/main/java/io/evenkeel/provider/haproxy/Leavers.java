package io.evenkeel.provider.haproxy;

import io.evenkeel.wire.haproxy.Command;
import io.evenkeel.wire.haproxy.ServersState.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/**
 * Sees servers out: drained with weight 0, they get no new request; once their last session (a
 * WebSocket is one) is over, or the patience is, they go to maintenance, and those that Evenkeel
 * added are deleted. Everything is read from the replica each time; a server that was taken back
 * meanwhile has a weight again and is left alone. One helper at a time for each backend of a
 * replica.
 */
final class Leavers {
  private static final Duration PAUSE = Duration.ofMillis(500);
  private final Duration patience;
  private final Map<String, Thread> busy = new ConcurrentHashMap<>();

  Leavers(Duration patience) {
    this.patience = patience;
  }

  /**
   * Starts to see out whatever leaves, unless that is going on already.
   *
   * @param lock held for each look and its writes, so that no write of a pool falls between
   */
  void attend(Replica replica, Lock lock) {
    String key = replica.api().dialer().describe() + " " + replica.backend();
    Thread helper =
        Thread.ofVirtual()
            .name("leavers of " + key)
            .unstarted(() -> {
              try {
                seeOut(replica, lock, key);
              } catch (IOException | InterruptedException givenUp) {
                // They get no request; the next write of the pool starts this again.
              } finally {
                busy.remove(key, Thread.currentThread());
              }
            });
    if (busy.putIfAbsent(key, helper) == null) {
      helper.start();
    }
  }

  private void seeOut(Replica replica, Lock lock, String key)
      throws IOException, InterruptedException {
    long rounds = patience.dividedBy(PAUSE);
    // After the patience is over as many rounds again, for idle connections to be closed.
    for (long round = 0; round <= 2 * rounds + 10; round++) {
      lock.lock();
      try {
        if (step(replica, round >= rounds)) {
          // Still under the lock: whoever begins to leave after it needs a new helper.
          busy.remove(key, Thread.currentThread());
          return;
        }
      } finally {
        lock.unlock();
      }
      TimeUnit.MILLISECONDS.sleep(
          PAUSE.toMillis()); // between two looks at connections; nobody waits for it
    }
  }

  /** True when nobody leaves any more. */
  private boolean step(Replica replica, boolean impatient) throws IOException {
    Replica.Seen seen = replica.look().orElse(null);
    if (seen == null) {
      return true;
    }
    boolean done = true;
    for (Server server : seen.servers()) {
      String name = replica.backend() + "/" + server.name();
      boolean own = server.name().startsWith(ServerPlan.OWN_PREFIX);
      if (!ServerPlan.leaving(server) || (server.maintenance() && !own)) {
        continue;
      }
      done = false;
      boolean idle = seen.sessions().getOrDefault(server.name(), 0L) == 0;
      if (!server.maintenance() && (idle || impatient)) {
        replica.run(List.of(Command.of("set", "server", name, "state", "maint")));
      }
      if (!idle && impatient) {
        replica.run(List.of(Command.of("shutdown", "sessions", "server", name)));
      }
      if (own && (idle || impatient)) {
        // Refused while an idle connection is still in the pool; the next look tries again.
        replica.run(List.of(Command.of("del", "server", name)));
      }
    }
    return done;
  }
}
