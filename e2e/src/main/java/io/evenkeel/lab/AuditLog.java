package io.evenkeel.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the API server itself says it was asked. Reads are logged with their metadata, writes with
 * the object that was sent.
 */
public final class AuditLog {
  private static final Set<String> WRITES =
      Set.of("create", "update", "patch", "delete", "deletecollection");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Consumer<String> marker;
  private final List<Entry> entries = new ArrayList<>();
  private long offset;
  private int markers;

  /**
   * @param marker makes a request, about a name, that shows up in this log
   */
  AuditLog(Path file, Consumer<String> marker) {
    this.file = file;
    this.marker = marker;
  }

  /**
   * One finished request.
   *
   * @param group the API group, empty for core
   * @param name empty for lists and creations
   * @param subresource empty for the object itself
   * @param code the HTTP status
   * @param sent the request's body, for writes
   */
  public record Entry(
      Instant time,
      String verb,
      String user,
      String userAgent,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name,
      int code,
      @Nullable JsonNode sent) {
    /** Whether the request asked for a change; Leases count too. */
    public boolean isWrite() {
      return WRITES.contains(verb);
    }

    /** Whether it is a heartbeat or an announcement rather than a change of configuration. */
    public boolean isLeaseOrEvent() {
      return resource.equals("leases") || resource.equals("events");
    }

    @Override
    public String toString() {
      String what = resource + (subresource.isEmpty() ? "" : "/" + subresource);
      return "%s %s %s %s/%s by %s → %d".formatted(time, verb, what, namespace, name, user, code);
    }
  }

  /** A position in the log: everything that was answered before now lies before it. */
  public synchronized int cursor() {
    sync();
    return entries.size();
  }

  /** All entries from a cursor on, including every request answered before this call. */
  public synchronized List<Entry> since(int cursor) {
    sync();
    return entries.subList(cursor, entries.size()).stream().filter(e -> !isMarker(e)).toList();
  }

  /** The writes from a cursor on by one user, Leases and Events aside. */
  public List<Entry> writesSince(int cursor, String user) {
    return since(cursor).stream()
        .filter(e -> e.isWrite() && !e.isLeaseOrEvent() && e.user().equals(user))
        .toList();
  }

  private static boolean isMarker(Entry e) {
    return e.name().startsWith("audit-marker-");
  }

  /** An answer may reach its client before its line reaches the file: waits for a marker's line. */
  private void sync() {
    String name = "audit-marker-" + ++markers;
    marker.accept(name);
    long deadline = System.nanoTime() + 5_000_000_000L;
    do {
      read();
      if (entries.stream()
          .skip(Math.max(0, entries.size() - 200))
          .anyMatch(e -> e.name().equals(name))) {
        return;
      }
      Thread.onSpinWait();
    } while (System.nanoTime() < deadline);
    throw new LabException("the audit log does not show a request made 5 s ago: " + file);
  }

  private void read() {
    if (!Files.exists(file)) {
      return;
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(in.length() - offset, 64 << 20)];
      in.seek(offset);
      in.readFully(bytes);
      int start = 0;
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] == '\n') {
          add(JSON.readTree(new String(bytes, start, i - start, StandardCharsets.UTF_8)));
          start = i + 1;
        }
      }
      offset += start;
    } catch (IOException e) {
      throw new LabException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void add(JsonNode line) {
    JsonNode object = line.path("objectRef");
    entries.add(
        new Entry(
            Instant.parse(line.path("stageTimestamp").asText()),
            line.path("verb").asText(),
            line.path("user").path("username").asText(),
            line.path("userAgent").asText(),
            object.path("apiGroup").asText(),
            object.path("resource").asText(),
            object.path("subresource").asText(),
            object.path("namespace").asText(),
            object.path("name").asText(),
            line.path("responseStatus").path("code").asInt(),
            line.get("requestObject")));
  }
}
