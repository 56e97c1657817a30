package io.evenkeel.bench;

import io.evenkeel.lab.AuditLog;
import io.evenkeel.lab.ControlPlane;
import io.evenkeel.lab.Installation;
import io.evenkeel.lab.LabException;
import io.evenkeel.lab.OperatorProcess;
import io.evenkeel.lab.Sandbox;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One run of the benchmark against a control plane that is up. */
final class Bench implements AutoCloseable {
  static final String NAMESPACE = "bench";
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration PROGRAMMING = Duration.ofMinutes(5);
  private static final Duration IDLE = Duration.ofSeconds(20);

  private final Sandbox sandbox;
  private final ControlPlane plane;
  private final Installation installation;
  private final Fleet fleet;
  private final Routes routes;
  private final PrintStream out;
  private OperatorProcess operator;

  Bench(Sandbox sandbox, ControlPlane plane, int pools, PrintStream out) {
    this.sandbox = sandbox;
    this.plane = plane;
    this.out = out;
    plane.createNamespace(NAMESPACE);
    this.fleet = new Fleet(plane.client(), NAMESPACE, pools, Math.min(20, pools));
    this.routes = new Routes(plane.client(), NAMESPACE);
    this.installation = Installation.apply(plane);
    this.operator = startOperator();
  }

  private OperatorProcess startOperator() {
    return OperatorProcess.start(sandbox, installation);
  }

  Figures run(int samples) throws InterruptedException {
    out.printf("making %,d pools with their Services and endpoints …%n", fleet.pools());
    fleet.ground();
    Figures.Start start = start();
    out.printf(
        "%,d pools programmed in %.1f s; started again beside them: ready in %.1f s, %d writes%n",
        fleet.pools(), start.programmedSeconds(), start.readySeconds(), start.writes());
    Figures.Idle idle = idle();
    out.printf(
        "idle: %d MiB resident, %.1f %% of a core, %d writes in %.0f s%n",
        idle.residentMebibytes(), idle.cpuPercent(), idle.writes(), idle.seconds());
    List<Duration> ours = new ArrayList<>();
    List<Duration> bare = new ArrayList<>();
    try (Floor floor = new Floor(plane.client(), NAMESPACE)) {
      serial(samples / 4, new ArrayList<>(), new ArrayList<>()); // both warm
      serial(samples, ours, bare);
    }
    Figures.Latency serial = Figures.Latency.of(ours);
    Figures.Latency floor = Figures.Latency.of(bare);
    print("drift → corrected, one by one", serial);
    print("bare watch-and-patch loop", floor);
    Figures.Burst burst = burst();
    print("all %,d at once".formatted(burst.drifts()), burst.latency());
    out.printf("  %,d writes, %d refused%n", burst.writes(), burst.refused());
    return new Figures(fleet.pools(), start, serial, floor, burst, idle);
  }

  private void print(String what, Figures.Latency l) {
    out.printf(
        "%-32s p50 %7.1f ms   p90 %7.1f ms   p99 %7.1f ms   (%,d)%n",
        what, l.p50Millis(), l.p90Millis(), l.p99Millis(), l.samples());
  }

  private Figures.Start start() throws InterruptedException {
    long begun = System.nanoTime();
    fleet.declare();
    long expected = (long) fleet.pools() + fleet.floors();
    while (routes.countEven() < expected) {
      if (System.nanoTime() - begun > PROGRAMMING.toNanos()) {
        throw new LabException(
            "%,d of %,d routes after %d s; the operator's log ends with:%n%s"
                .formatted(
                    routes.countEven(),
                    expected,
                    PROGRAMMING.toSeconds(),
                    operator.child().tail()));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    double programmed = secondsSince(begun);
    still();
    operator.close();
    int cursor = plane.auditLog().cursor();
    long again = System.nanoTime();
    operator = startOperator();
    double ready = secondsSince(again);
    still();
    writes(cursor).forEach(entry -> out.println("  " + entry));
    return new Figures.Start(ready, programmed, writes(cursor).size());
  }

  private Figures.Idle idle() {
    int cursor = plane.auditLog().cursor();
    Footprint before = Footprint.of(operator.child());
    long begun = System.nanoTime();
    LockSupport.parkNanos(IDLE.toNanos());
    double seconds = secondsSince(begun);
    Footprint after = Footprint.of(operator.child());
    // Nobody asked for these: name them.
    writes(cursor).forEach(entry -> out.println("  " + entry));
    return new Figures.Idle(
        after.residentMebibytes(),
        100 * (after.cpuSeconds() - before.cpuSeconds()) / seconds,
        seconds,
        writes(cursor).size());
  }

  private void serial(int samples, List<Duration> ours, List<Duration> bare) {
    List<String> pools = fleet.poolNames();
    List<String> floors = fleet.floorNames();
    for (int i = 0; i < samples; i++) {
      // A manager that comes once to a route: nobody is fought with.
      String manager = "bench-" + i;
      ours.add(routes.untilEven(routes.bend(pools.get(i % pools.size()), manager), LIMIT));
      bare.add(routes.untilEven(routes.bend(floors.get(i % floors.size()), manager), LIMIT));
    }
  }

  private Figures.Burst burst() throws InterruptedException {
    still();
    int cursor = plane.auditLog().cursor();
    List<Routes.Bent> bent = java.util.Collections.synchronizedList(new ArrayList<>());
    Fleet.all(
        fleet.poolNames().stream()
            .<Runnable>map(name -> () -> bent.add(routes.bend(name, "bench-burst")))
            .toList());
    List<Duration> took = bent.stream().map(b -> routes.untilEven(b, LIMIT)).toList();
    still();
    List<AuditLog.Entry> ofRoutes =
        writes(cursor).stream().filter(e -> e.resource().equals("httproutes")).toList();
    return new Figures.Burst(
        Figures.Latency.of(took),
        bent.size(),
        ofRoutes.size(),
        (int) ofRoutes.stream().filter(e -> e.code() == 429).count());
  }

  private List<AuditLog.Entry> writes(int cursor) {
    return plane.auditLog().writesSince(cursor, Installation.USER);
  }

  /** Until the operator has written nothing for two seconds. */
  private void still() {
    long deadline = System.nanoTime() + PROGRAMMING.toNanos();
    int cursor;
    do {
      if (System.nanoTime() > deadline) {
        throw new LabException("the operator does not come to rest");
      }
      cursor = plane.auditLog().cursor();
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
    } while (!writes(cursor).isEmpty());
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  @Override
  public void close() {
    operator.close();
    routes.close();
  }
}
