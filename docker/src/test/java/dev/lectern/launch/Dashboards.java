package dev.lectern.launch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The queries of the shipped dashboards. */
final class Dashboards {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Dashboards() {}

  /** Every PromQL expression, and the queries of variables. */
  static List<String> queries(Path folder) throws IOException {
    List<String> queries = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        JsonNode dashboard = JSON.readTree(file.toFile());
        dashboard.findValuesAsText("expr", queries);
        dashboard
            .at("/templating/list")
            .forEach(variable -> queries.add(variable.at("/query/query").asText()));
      }
    }
    return queries;
  }
}
