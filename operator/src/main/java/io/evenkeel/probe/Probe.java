package io.evenkeel.probe;

import io.evenkeel.core.read.LiveTarget;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reading;
import io.evenkeel.wire.Dialer;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * One way to read proxies. Reads only; one session for each replica, used by one thread at a time.
 */
public interface Probe {
  /** The name in {@code spec.live.fleets[].probe} of a class. */
  String name();

  /** A session with one replica; connects lazily. */
  Session open(Dialer dialer);

  /** One replica. */
  interface Session extends AutoCloseable {
    /**
     * A cheap look that is equal to the previous one only while no configured weight has changed.
     * Counters may move.
     *
     * @throws IOException when the replica does not answer in time, answers too much, or answers
     *     garbage
     */
    String fingerprint() throws IOException;

    /**
     * A full read, streamed and filtered. A target that the proxy does not have is {@code Unknown}
     * with reason {@code RouteMissing}; one in which weights do not decide is {@code Unknown} with
     * the reason why.
     *
     * @throws IOException as above; then nothing is known of any target
     */
    Map<LiveTarget, Reading<LiveView>> read(Set<LiveTarget> targets) throws IOException;

    @Override
    void close();
  }
}
