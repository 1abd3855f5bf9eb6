package dev.lectern.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The form of {@code lectern status --json} that scripts rely on. */
class FleetJsonTest {
  /** Objects whose keys are names of things, not fields. */
  private static final List<String> MAPS =
      List.of("splits", "problems", "bytesPerKind", "stages", "losses");

  /** A row of the table of fields: {@code | `path` | type | meaning |}. */
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-zA-Z0-9.*\\[\\]]+)` \\| (text|number|list)( or null)? \\|.*");

  @Test
  void fieldsAreThoseThatAreDocumented() throws Exception {
    List<String> found = new ArrayList<>();
    fields("", new ObjectMapper().readTree(FleetJson.of(Fleets.busy())), found);

    List<String> documented = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("..", "README.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        documented.add(row.group(1) + " " + row.group(2));
      }
    }
    assertThat(found)
        .as("version 1 of the form: fields may be added, with a row in README.md; none removed")
        .containsExactlyElementsOf(documented);
  }

  /** {@code path type} of each field; of a list the first element, of a map the first value. */
  private static void fields(String path, JsonNode node, List<String> found) {
    if (node.isArray()) {
      if (node.size() > 0 && node.get(0).isContainerNode()) {
        fields(path + "[]", node.get(0), found);
      } else {
        found.add(path + " list");
      }
    } else if (node.isObject()) {
      String name = path.substring(path.lastIndexOf('.') + 1);
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        if (MAPS.contains(name)) {
          fields(path + ".*", field.getValue(), found);
          return;
        }
        fields(
            path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), found);
      }
    } else {
      found.add(path + " " + (node.isNumber() ? "number" : "text"));
    }
  }
}
