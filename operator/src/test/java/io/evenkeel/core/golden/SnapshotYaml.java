package io.evenkeel.core.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.core.decide.Decide;
import io.evenkeel.core.decide.Memory;
import io.evenkeel.core.decide.Snapshot;
import io.evenkeel.core.plan.Scale;
import io.evenkeel.core.plan.Unit;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.pool.Address;
import io.evenkeel.core.pool.Backend;
import io.evenkeel.core.pool.Endpoint;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.pool.PoolId;
import io.evenkeel.core.read.Declared;
import io.evenkeel.core.read.LiveView;
import io.evenkeel.core.read.Reach;
import io.evenkeel.core.read.Reading;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.read.ReplicaReading;
import io.evenkeel.core.share.Distribution;
import io.evenkeel.core.share.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A snapshot as a small YAML text. Times are seconds after noon. {@code earlier} holds what was
 * different when the pool was decided on before: what that decision remembers is the memory.
 */
final class SnapshotYaml {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
  private static final int PORT = 8080;

  private final Fields root;
  private final Instant now;
  private final boolean proxyHoldsWeights;

  private SnapshotYaml(JsonNode node) {
    this.root =
        new Fields(
            node,
            "at",
            "provider",
            "membership",
            "maxWeight",
            "pool",
            "class",
            "refusal",
            "backends",
            "declared",
            "live",
            "memory",
            "earlier");
    this.now = time(root.integer("at", 0));
    this.proxyHoldsWeights = root.text("provider", "GatewayAPI").equals("HAProxy");
  }

  static Snapshot read(JsonNode node) {
    SnapshotYaml yaml = new SnapshotYaml(node);
    Optional<Memory> before =
        yaml.root.optional(
            "earlier",
            over -> {
              ObjectNode now = node.deepCopy();
              now.remove("earlier"); // the earlier one may have an earlier one of its own
              JsonNode merged = Fields.merge(now, over);
              return Decide.decide(read(merged)).memory();
            });
    return yaml.snapshot(before.orElse(Memory.empty(yaml.now)));
  }

  private static Instant time(int seconds) {
    return NOON.plusSeconds(seconds);
  }

  private Snapshot snapshot(Memory memory) {
    return new Snapshot(
        now,
        intent(),
        root.optional(
            "refusal",
            refusal -> {
              Fields fields = new Fields(refusal, "accepted", "reason", "message");
              return new Snapshot.Refusal(
                  fields.flag("accepted", false),
                  fields.text("reason", ""),
                  fields.text("message", ""));
            }),
        Fields.names(root.at("backends"))
            .map(name -> backend(name, root.at("backends").get(name)))
            .toList(),
        Optional.of(scale()),
        declared(),
        !root.at("live").isMissingNode(),
        Fields.names(root.at("live"))
            .map(name -> replica(name, root.at("live").get(name)))
            .toList(),
        bounds(),
        memory(memory));
  }

  private Scale scale() {
    return switch (root.text("provider", "GatewayAPI")) {
      case "GatewayAPI" -> Scale.GATEWAY_API;
      case "HAProxy" -> Scale.HAPROXY;
      case "Kong" ->
          new Scale(
              Scale.Granularity.BACKEND,
              root.integer("maxWeight", 1_000_000),
              Scale.Quantisation.INTEGER_PER_ENDPOINT);
      case String other -> throw new IllegalArgumentException("provider " + other);
    };
  }

  private Snapshot.Intent intent() {
    Fields pool =
        new Fields(
            root.at("pool"),
            "generation",
            "unit",
            "tolerancePercent",
            "driftTolerancePercent",
            "onUnachievable",
            "mode",
            "onDrain",
            "minReadyEndpoints",
            "acknowledgeForeignOwner",
            "pause",
            "pauseProblem");
    return new Snapshot.Intent(
        new PoolId("shop", "shop"),
        pool.integer("generation", 1),
        Unit.valueOf(pool.text("unit", "ENDPOINT")),
        Share.of(pool.integer("tolerancePercent", 2), 100),
        Share.of(pool.integer("driftTolerancePercent", 0), 100),
        Share.of(10, 100),
        pool.text("onUnachievable", "Refuse").equals("Refuse"),
        mode(pool),
        pool.text("onDrain", "Respect").equals("Respect"),
        pool.integer("minReadyEndpoints", 1),
        100,
        pool.flag("acknowledgeForeignOwner", false),
        pool.optional(
            "pause",
            pause -> {
              Fields fields = new Fields(pause, "until", "reason");
              return new Snapshot.Pause(
                  time(fields.integer("until", 0)), fields.text("reason", ""));
            }),
        pool.optional("pauseProblem", JsonNode::asText));
  }

  private static Snapshot.Mode mode(Fields fields) {
    return Snapshot.Mode.valueOf(fields.text("mode", "CORRECT"));
  }

  private Snapshot.Bounds bounds() {
    Fields bounds =
        new Fields(root.at("class"), "suspend", "mode", "settle", "burst", "perMinute", "maxPause");
    return new Snapshot.Bounds(
        bounds.flag("suspend", false),
        mode(bounds),
        Duration.ofSeconds(bounds.integer("settle", 10)),
        bounds.integer("burst", 10),
        bounds.integer("perMinute", 30),
        Duration.ofSeconds(bounds.integer("maxPause", 86_400)));
  }

  /**
   * The memory is that of the earlier decision, but for the budget, for when replicas were written,
   * and for what a restart forgets.
   */
  private Memory memory(Memory m) {
    if (root.at("memory").isMissingNode()) {
      return m;
    }
    Fields fields = new Fields(root.at("memory"), "tokens", "written", "restarted");
    Memory.Writes writes = m.writes();
    JsonNode written = fields.at("written");
    for (String name : Fields.names(written).toList()) {
      writes = writes.programmed(replicaId(name), time(written.get(name).asInt()));
    }
    boolean restarted = fields.flag("restarted", false);
    return new Memory(
        restarted ? forgotten(m.settled()) : m.settled(),
        m.conditions(),
        new Memory.Budget(fields.at("tokens").asDouble(m.budget().tokens()), now),
        restarted ? Map.of() : m.openDrifts(),
        m.lastDrift(),
        writes);
  }

  /** Of the weights a status keeps the sums. */
  private static Memory.Settled forgotten(Memory.Settled settled) {
    return new Memory.Settled(
        settled.generation(),
        Optional.empty(),
        settled.lastGood().map(Weights::perBackend).map(Weights.PerBackend::new));
  }

  private static ReplicaId replicaId(String name) {
    return new ReplicaId("edge", name);
  }

  private static Backend backend(String name, JsonNode node) {
    Fields fields =
        new Fields(node, "capacity", "endpoints", "serviceAddress", "unresolved", "refused");
    int capacity = fields.integer("capacity", 1);
    Optional<Backend> unresolved =
        fields.optional(
            "unresolved",
            reason -> new Backend.Unresolved(name, capacity, "BackendNotFound", reason.asText()));
    return unresolved.orElseGet(() ->
        new Backend.Resolved(
            name,
            capacity,
            StreamSupport.stream(fields.at("endpoints").spliterator(), false)
                .map(endpoint -> endpoint(name, endpoint))
                .sorted(Comparator.comparing(Endpoint::id))
                .toList(),
            fields.optional("serviceAddress", at -> Set.of(address(at.asText()))).orElse(Set.of()),
            fields.optional("refused", why -> List.of(why.asText())).orElse(List.of())));
  }

  /** An address, or a map where there is more to say. */
  private static Endpoint endpoint(String backend, JsonNode node) {
    if (node.isTextual()) {
      Address address = address(node.asText());
      return new Endpoint(
          new EndpointId(backend, address.ip(), address.port()),
          address,
          new TreeSet<>(),
          true,
          false,
          true);
    }
    Fields fields = new Fields(node, "at", "also", "uid", "ready", "terminating");
    Address address = address(fields.text("at", ""));
    return new Endpoint(
        new EndpointId(backend, fields.text("uid", address.ip()), address.port()),
        address,
        fields
            .optional("also", also -> new TreeSet<>(Set.of(address(also.asText()))))
            .orElseGet(TreeSet::new),
        fields.flag("ready", true),
        fields.flag("terminating", false),
        true);
  }

  private static Address address(String text) {
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[")) {
      return new Address(
          text.substring(1, text.indexOf(']')), Integer.parseInt(text.substring(colon + 1)));
    }
    return colon < 0
        ? new Address(text, PORT)
        : new Address(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  private Reading<Declared> declared() {
    if (proxyHoldsWeights) {
      return new Reading.NotSupported<>("RunTimeOnly", "weights live in the proxies");
    }
    JsonNode node = root.at("declared");
    if (node.isMissingNode()) {
      return new Reading.Known<>(Declared.absent(), now);
    }
    Fields fields =
        new Fields(
            node,
            "weights",
            "rules",
            "shared",
            "owned",
            "writer",
            "pending",
            "refused",
            "unknown",
            "other",
            "foreignOwner",
            "rollout");
    if (node.has("unknown")) {
      return new Reading.Unknown<>("Unreadable", fields.text("unknown", ""));
    }
    List<SortedMap<String, Integer>> rules =
        fields
            .optional("weights", weights -> List.of(integers(weights)))
            .orElseGet(() ->
                StreamSupport.stream(fields.at("rules").spliterator(), false)
                    .map(SnapshotYaml::integers)
                    .toList());
    return new Reading.Known<>(
        new Declared(
            true,
            fields.flag("owned", true),
            rules,
            fields.flag("shared", false),
            fields.optional("other", other -> List.of(other.asText())).orElse(List.of()),
            acceptance(fields),
            fields.optional(
                "writer", writer -> new Declared.Writer(writer.asText(), "Update", now)),
            foreignOwner(fields),
            Optional.empty(),
            "1"),
        now);
  }

  /** One that keeps the weights too, or one that runs a rollout. */
  private static Optional<Declared.ForeignOwner> foreignOwner(Fields fields) {
    return fields
        .optional(
            "foreignOwner",
            name -> new Declared.ForeignOwner(name.asText(), "let it leave the weights", false))
        .or(() ->
            fields.optional(
                "rollout",
                name -> new Declared.ForeignOwner(name.asText(), "a rollout is running", true)));
  }

  private static Declared.Acceptance acceptance(Fields fields) {
    return fields
        .<Declared.Acceptance>optional(
            "pending", message -> new Declared.Acceptance.Pending("Pending", message.asText()))
        .or(() ->
            fields.optional(
                "refused",
                message -> new Declared.Acceptance.Refused("NotAccepted", message.asText())))
        .orElseGet(Declared.Acceptance.Accepted::new);
  }

  private static SortedMap<String, Integer> integers(JsonNode node) {
    SortedMap<String, Integer> values = new TreeMap<>();
    Fields.names(node).forEach(name -> values.put(name, node.get(name).asInt()));
    return values;
  }

  private ReplicaReading replica(String name, JsonNode node) {
    Fields fields =
        new Fields(
            node,
            "weights",
            "gaps",
            "requests",
            "counted",
            "changed",
            "unknown",
            "routeMissing",
            "routesDisagree",
            "notReadYet",
            "read");
    return new ReplicaReading(
        replicaId(name),
        fields.flag("counted", true),
        reach(),
        time(fields.integer("changed", -3600)),
        view(fields));
  }

  private Reach reach() {
    return !proxyHoldsWeights
        ? Reach.NONE
        : root.text("membership", "Proxy").equals("Evenkeel") ? Reach.MEMBERS : Reach.WEIGHTS;
  }

  private Reading<LiveView> view(Fields fields) {
    if (fields.flag("notReadYet", false)) {
      return new Reading.Unknown<>(ReplicaReading.NOT_READ_YET, "the replica was not read yet");
    }
    if (fields.flag("routeMissing", false)) {
      return new Reading.Unknown<>("RouteMissing", "the replica has no route of the pool");
    }
    if (fields.flag("routesDisagree", false)) {
      return new Reading.Unknown<>("RoutesDisagree", "the replica has two routes of the pool");
    }
    Optional<Reading<LiveView>> unknown =
        fields.optional("unknown", message -> new Reading.Unknown<>("Timeout", message.asText()));
    return unknown.orElseGet(() ->
        new Reading.Known<>(
            known(fields), fields.optional("read", at -> time(at.asInt())).orElse(now)));
  }

  private static LiveView known(Fields fields) {
    SortedMap<Address, Integer> weights = addresses(integers(fields.at("weights")));
    SortedMap<Address, LiveView.Gap> gaps = new TreeMap<>();
    JsonNode gapped = fields.at("gaps");
    Fields.names(gapped)
        .forEach(at -> gaps.put(address(at), LiveView.Gap.valueOf(gapped.get(at).asText())));
    SortedMap<Address, Integer> serving =
        weights.entrySet().stream()
            .filter(weight -> !gaps.containsKey(weight.getKey()))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
    SortedMap<Address, Long> requests = new TreeMap<>();
    addresses(integers(fields.at("requests")))
        .forEach((address, count) -> requests.put(address, (long) count));
    return new LiveView(
        Distribution.ofCounts(weights), Distribution.ofCounts(serving), gaps, requests, "1", "1");
  }

  private static SortedMap<Address, Integer> addresses(SortedMap<String, Integer> values) {
    SortedMap<Address, Integer> byAddress = new TreeMap<>();
    values.forEach((address, value) -> byAddress.put(address(address), value));
    return byAddress;
  }
}
