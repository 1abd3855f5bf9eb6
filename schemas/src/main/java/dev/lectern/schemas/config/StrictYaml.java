package dev.lectern.schemas.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads YAML and refuses what Jackson would read as something else without a word: of a key that
 * occurs twice it keeps the last, an alias becomes the name of its anchor, and documents after the
 * first are dropped. Tabs, which YAML does not allow as indentation, are named in words.
 */
public final class StrictYaml {
  /** What the parser says of a tab where there may be none. */
  private static final Pattern TAB =
      Pattern.compile("\\(TAB\\)[^\\n]*\\n\\s*in '[^']*', line (\\d+), column (\\d+)");

  private StrictYaml() {}

  /**
   * The text as a tree; a missing node where it is empty.
   *
   * @param where names the text in messages
   * @throws UserMistakeException for a key twice, an alias, a second document or a tab
   * @throws JsonProcessingException if it is not YAML
   */
  public static JsonNode read(YAMLMapper mapper, String yaml, String where)
      throws JsonProcessingException {
    check(mapper, yaml, where);
    return mapper.readTree(yaml);
  }

  /**
   * As {@link #read}, but every scalar is the text that is written: {@code 007} is no 7, and {@code
   * True} stays as it is. A null is a null node.
   */
  public static JsonNode readTexts(YAMLMapper mapper, String yaml, String where)
      throws JsonProcessingException {
    check(mapper, yaml, where);
    try (JsonParser parser = mapper.getFactory().createParser(yaml)) {
      return parser.nextToken() == null ? MissingNode.getInstance() : texts(parser);
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  private static JsonNode texts(JsonParser parser) throws IOException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode object = nodes.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String key = parser.currentName();
          parser.nextToken();
          object.set(key, texts(parser));
        }
        return object;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(texts(parser));
        }
        return array;
      }
      case VALUE_NULL -> {
        return nodes.nullNode();
      }
      default -> {
        return nodes.textNode(parser.getText());
      }
    }
  }

  private static void check(YAMLMapper mapper, String yaml, String where)
      throws JsonProcessingException {
    Deque<Set<String>> keys = new ArrayDeque<>();
    int depth = 0;
    int documents = 0;
    try (YAMLParser parser = mapper.getFactory().createParser(yaml)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (depth == 0 && ++documents > 1) {
          throw mistake(parser, where, "found a second document after '---', expected one");
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (token == JsonToken.START_OBJECT) {
          keys.push(new HashSet<>());
        } else if (token == JsonToken.END_OBJECT) {
          keys.pop();
        } else if (token == JsonToken.FIELD_NAME && !keys.element().add(parser.currentName())) {
          throw mistake(
              parser, where, "found key '" + parser.currentName() + "' twice, expected it once");
        } else if (token == JsonToken.VALUE_STRING && parser.isCurrentAlias()) {
          throw mistake(
              parser,
              where,
              "found the alias *" + parser.getText() + ", expected the value itself; write it out");
        }
      }
    } catch (JsonProcessingException e) {
      Matcher tab = TAB.matcher(String.valueOf(e.getOriginalMessage()));
      if (tab.find()) {
        throw new UserMistakeException(
            where
                + ": line "
                + tab.group(1)
                + ", column "
                + tab.group(2)
                + ": found a tab, expected spaces; YAML is indented with spaces only");
      }
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  private static UserMistakeException mistake(JsonParser parser, String where, String problem) {
    return new UserMistakeException(
        where + ": line " + parser.currentTokenLocation().getLineNr() + ": " + problem);
  }
}
