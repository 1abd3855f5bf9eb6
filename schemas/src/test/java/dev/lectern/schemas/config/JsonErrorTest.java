package dev.lectern.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonErrorTest {
  @Test
  void thePlaceAndTheReasonAreNamedWithoutAdviceToProgrammers() throws IOException {
    says(
        "{\"a\": [1, 2",
        "line 1, column 12: the file ends in the middle; it may have been cut off");
    says("{\"a\": \"x", "line 1, column 9: the file ends in the middle; it may have been cut off");
    says("{\"a\": 1,\n,}", "line 2, column 1: unexpected character (',' (code 44))");
    says("{\"a\": [1 2]}", "line 1, column 10: unexpected character ('2' (code 50))");
    says("{\"a\": NaN}", ": non-standard token 'NaN'");
    says("{\"a\": nope}", ": unrecognized token 'nope'");
    says("{\"a\": \"x\u0001\"}", "line 1, column 9: illegal unquoted character");
    says("{'a': 1}", "line 1, column 2: unexpected character (''' (code 39))");
    says("{\"a\": 1.}", "line 1, column 9: unexpected character ('}' (code 125))");
    says("[".repeat(2000), "document nesting depth (1001) exceeds the maximum allowed");
    says("[" + "1".repeat(2000) + "]", "number value length (2000) exceeds the maximum allowed");
  }

  @Test
  void bytesOfAnotherEncodingAreNamed() throws IOException {
    says(
        "{\"a\": \"\u732b\u72d7\"}",
        Charset.forName("GB18030"),
        "found bytes that are not UTF-8; save the file as UTF-8");
    says(
        "{\"a\": \"caf\u00e9\"}",
        StandardCharsets.ISO_8859_1,
        "found bytes that are not UTF-8; save the file as UTF-8");
  }

  @Test
  void damagedYamlIsNamedWhereItIsDamaged() {
    yamlSays("a: [1,\n\t2]\n", "line 2, column 1: found character '\\t(TAB)'");
    yamlSays("a: [1,\n2\n", "line 3, column 1: expected ',' or ']', but got <stream end>");
    yamlSays("a: 'x\n", "line 2, column 1: found unexpected end of stream");
  }

  private static void yamlSays(String yaml, String message) {
    assertThatThrownBy(() -> new YAMLMapper().readTree(yaml))
        .isInstanceOfSatisfying(
            JsonProcessingException.class,
            e -> assertThat(JsonError.at(e)).startsWith(message).doesNotContain("\n"));
  }

  private static void says(String json, String message) throws IOException {
    says(json, StandardCharsets.UTF_8, message);
  }

  private static void says(String json, Charset charset, String message) throws IOException {
    String found = null;
    try (JsonParser parser = new JsonFactory().createParser(json.getBytes(charset))) {
      while (parser.nextToken() != null) {
        if (parser.currentToken().isNumeric()) {
          assertThat(parser.getNumberValue()).isNotNull();
        } else {
          assertThat(parser.getText()).isNotNull();
        }
      }
    } catch (JsonProcessingException e) {
      found = JsonError.at(e);
    }
    assertThat(found)
        .contains(message)
        .doesNotContain("\n", "`", "Source", "REDACTED", "Feature", "Constraints", "was expecting");
  }
}
