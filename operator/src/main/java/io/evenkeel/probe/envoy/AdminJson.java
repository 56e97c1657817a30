package io.evenkeel.probe.envoy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.wire.http.AnswerException;
import io.evenkeel.wire.http.AnswerException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/** Token by token through an answer; nothing larger than one small element is ever held. */
final class AdminJson {
  /** A route, a filter or a cluster without its endpoints is a few hundred tokens. */
  private static final int ELEMENT_TOKENS = 50_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(200)
                  .maxStringLength(1 << 20)
                  .maxNameLength(4096)
                  .maxNumberLength(64)
                  .build())
          .build();

  /** Reads the value on which the parser stands, to its end. */
  interface Visitor {
    void visit(JsonParser parser) throws IOException;
  }

  /** Reads the value of a field on which the parser stands, to its end. */
  interface FieldVisitor {
    void visit(String field, JsonParser parser) throws IOException;
  }

  private AdminJson() {}

  /**
   * Visits each element of the array in a field of the root object; an answer without the field has
   * none.
   *
   * @throws AnswerException when the answer is not such an object, or not complete
   */
  static void each(InputStream body, String arrayField, Visitor visitor) throws IOException {
    try (JsonParser parser = FACTORY.createParser(body)) {
      parser.nextToken();
      fields(
          parser,
          (field, p) -> {
            if (field.equals(arrayField)) {
              elements(p, visitor);
            } else {
              p.skipChildren();
            }
          });
      if (parser.nextToken() != null) {
        throw garbage("something follows the end of the answer");
      }
    } catch (StreamConstraintsException e) {
      throw new AnswerException(Reason.TOO_LARGE, e.getOriginalMessage(), e);
    } catch (JsonEOFException e) {
      throw new AnswerException(Reason.TRUNCATED, "the JSON ends before its end", e);
    } catch (JsonProcessingException e) {
      // Not the message: it may quote the answer, which is never logged.
      throw new AnswerException(Reason.GARBAGE, "the answer is not JSON", e);
    }
  }

  static void fields(JsonParser parser, FieldVisitor visitor) throws IOException {
    expect(parser, JsonToken.START_OBJECT);
    while (next(parser) != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      next(parser);
      visitor.visit(field, parser);
    }
  }

  static void elements(JsonParser parser, Visitor visitor) throws IOException {
    expect(parser, JsonToken.START_ARRAY);
    while (next(parser) != JsonToken.END_ARRAY) {
      visitor.visit(parser);
    }
  }

  static String text(JsonParser parser) throws IOException {
    if (!parser.currentToken().isScalarValue()) {
      throw garbage("a structure where a value belongs");
    }
    return parser.getText();
  }

  /** A small element as a tree, without the named fields. */
  static JsonNode tree(JsonParser parser, Set<String> without) throws IOException {
    return tree(parser, without, new int[] {ELEMENT_TOKENS});
  }

  private static JsonNode tree(JsonParser parser, Set<String> without, int[] budget)
      throws IOException {
    if (--budget[0] < 0) {
      throw new AnswerException(
          Reason.TOO_LARGE, "an element of more than " + ELEMENT_TOKENS + " tokens");
    }
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode object = nodes.objectNode();
        fields(
            parser,
            (field, p) -> {
              if (without.contains(field)) {
                p.skipChildren();
              } else {
                object.set(field, tree(p, without, budget));
              }
            });
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        elements(parser, p -> array.add(tree(p, without, budget)));
        yield array;
      }
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      // Numbers stay text: JsonNode converts small ones on demand, and no huge one is ever built.
      case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> nodes.textNode(parser.getText());
      default -> throw garbage("a token where a value belongs");
    };
  }

  /**
   * A non-negative whole number; protobuf's JSON writes 64-bit ones as strings, and leaves zeros
   * out.
   */
  static long number(JsonNode node, long absent) throws IOException {
    if (node.isMissingNode() || node.isNull()) {
      return absent;
    }
    String text = node.asText();
    if (!text.matches("\\d{1,18}")) {
      throw garbage("a number that is none");
    }
    return Long.parseLong(text);
  }

  static AnswerException garbage(String message) {
    return new AnswerException(Reason.GARBAGE, message);
  }

  private static JsonToken next(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new AnswerException(Reason.TRUNCATED, "the JSON ends before its end");
    }
    return token;
  }

  private static void expect(JsonParser parser, JsonToken token) throws IOException {
    if (parser.currentToken() != token) {
      throw garbage("not the structure that Envoy's admin interface has");
    }
  }
}
