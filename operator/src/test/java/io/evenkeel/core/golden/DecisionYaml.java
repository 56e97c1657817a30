package io.evenkeel.core.golden;

import io.evenkeel.core.decide.Condition;
import io.evenkeel.core.decide.Correction;
import io.evenkeel.core.decide.Decision;
import io.evenkeel.core.decide.Finding;
import io.evenkeel.core.decide.Ladder;
import io.evenkeel.core.plan.Weights;
import io.evenkeel.core.plan.Write;
import io.evenkeel.core.pool.EndpointId;
import io.evenkeel.core.read.ReplicaId;
import io.evenkeel.core.share.Share;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A decision as a compact tree for YAML: what people and proxies would see of it. */
final class DecisionYaml {
  private DecisionYaml() {}

  static Map<String, Object> write(Decision decision) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("weights", decision.weights().<Object>map(DecisionYaml::weights).orElse("none"));
    Map<String, Object> backends = new LinkedHashMap<>();
    decision.ladder().backends().forEach(row -> backends.put(row.backend(), backend(row)));
    out.put("backends", backends);
    Map<String, Object> endpoints = new LinkedHashMap<>();
    decision
        .ladder()
        .endpoints()
        .forEach(row -> endpoints.put(name(row.endpoint()), endpoint(row)));
    out.put("endpoints", endpoints);
    out.put("maxDeviation", decision.ladder().maxDeviation().percent());
    out.put("findings", decision.findings().stream().map(DecisionYaml::finding).toList());
    out.put("corrections", decision.corrections().stream().map(DecisionYaml::correction).toList());
    Map<String, Object> conditions = new LinkedHashMap<>();
    decision.conditions().forEach(is -> conditions.put(is.type(), condition(is)));
    out.put("conditions", conditions);
    Map<String, Object> replicas = new LinkedHashMap<>();
    decision
        .replicas()
        .forEach(is -> replicas.put(is.replica().toString(), is.state() + ": " + is.message()));
    out.put("replicas", replicas);
    out.put(
        "notices",
        decision.notices().stream()
            .map(is -> word(is.severity()) + " " + is.reason() + ": " + is.message())
            .toList());
    out.put("nextLook", decision.nextLook().map(Object::toString).orElse("never"));
    return out;
  }

  private static String word(Enum<?> value) {
    String name = value.name();
    return name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String name(EndpointId id) {
    return id.backend() + "/" + id.identity() + ":" + id.port();
  }

  private static Map<String, Integer> weights(Weights weights) {
    return switch (weights) {
      case Weights.PerBackend(var values) -> values;
      case Weights.PerEndpoint(var values) -> {
        Map<String, Integer> named = new TreeMap<>();
        values.forEach((id, weight) -> named.put(name(id), weight));
        yield named;
      }
    };
  }

  private static String backend(Ladder.BackendRow row) {
    return row.readyEndpoints()
        + " ready, desired "
        + row.desired().percent()
        + ", effective "
        + row.effective().percent()
        + row.declared().map(is -> ", declared " + is.percent()).orElse("")
        + live(row.liveMin(), row.liveMax())
        + row.observed().map(is -> ", observed " + is.percent()).orElse("");
  }

  private static String endpoint(Ladder.EndpointRow row) {
    return row.address()
        + " desired "
        + row.desired().percent()
        + ", effective "
        + row.effective().percent()
        + live(row.liveMin(), row.liveMax())
        + row.observed().map(is -> ", observed " + is.percent()).orElse("");
  }

  private static String live(Optional<Share> min, Optional<Share> max) {
    return min.isEmpty() || max.isEmpty()
        ? ", live unknown"
        : ", live " + min.get().percent() + ".." + max.get().percent();
  }

  private static Map<String, Object> finding(Finding finding) {
    return switch (finding) {
      case Finding.Drift drift -> {
        Map<String, Object> out = tell("Drift", drift.rung().name(), drift.message());
        out.put("field", drift.field());
        out.put("from", drift.from());
        out.put("to", drift.to());
        drift.replica().ifPresent(replica -> out.put("replica", replica.toString()));
        drift.writer().ifPresent(writer -> out.put("writer", writer.manager()));
        yield out;
      }
      case Finding.Behind behind -> tell("Behind", behind.rung().name(), behind.message());
      case Finding.Explained(var rung, String reason, var replica, String message) ->
          tell("Explained", rung + " " + reason + at(replica), message);
      case Finding.Unjudged(var rung, String reason, var replica, String message) ->
          tell("Unjudged", rung + " " + reason + at(replica), message);
      case Finding.Lint(String reason, String message) -> tell("Lint", reason, message);
    };
  }

  private static String at(Optional<ReplicaId> replica) {
    return replica.map(id -> " " + id).orElse("");
  }

  private static Map<String, Object> tell(String kind, String what, String message) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put(kind, what);
    out.put("message", message);
    return out;
  }

  private static Map<String, Object> correction(Correction correction) {
    Map<String, Object> out = new LinkedHashMap<>();
    String where =
        switch (correction.write()) {
          case Write.Declare ignored -> "declare";
          case Write.Program(ReplicaId replica, Weights ignored) -> "program " + replica;
        };
    out.put(word(correction.kind()), where);
    out.put("weights", weights(correction.write().weights()));
    out.put("cause", correction.cause());
    return out;
  }

  private static String condition(Condition condition) {
    return word(condition.status()) + " " + condition.reason() + ": " + condition.message();
  }
}
