package dev.lectern.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.experiment.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the processes of an experiment took, by their names; one that was interrupted and went on
 * counts with all its parts, but for those that ended with an experiment which was itself killed.
 *
 * @param byProcess processor time and time that passed, seconds
 */
record Costs(Map<String, Cost> byProcess) {
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * Of one process.
   *
   * @param processorSeconds of all its threads, to a poll's fifth of a second
   * @param seconds that it ran
   */
  record Cost(double processorSeconds, double seconds) {
    Cost plus(Cost other) {
      return new Cost(processorSeconds + other.processorSeconds, seconds + other.seconds);
    }
  }

  /** What earlier parts of the experiment wrote to a file. */
  static Costs read(Path file) throws IOException {
    Map<String, Cost> all = new LinkedHashMap<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        JsonNode node;
        try {
          node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
          continue; // the experiment was killed while it wrote this line
        }
        all.merge(
            node.path("process").asText(),
            new Cost(node.path("processor-seconds").asDouble(), node.path("seconds").asDouble()),
            Cost::plus);
      }
    }
    return new Costs(all);
  }

  /** Adds what processes took to the file. */
  static void append(Path file, List<ChildProcess> processes) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (ChildProcess process : processes) {
      ObjectNode node = JSON.createObjectNode().put("process", process.name());
      node.put("processor-seconds", process.processorTime().toMillis() / 1000.0);
      node.put("seconds", process.elapsed().toMillis() / 1000.0);
      lines.append(node).append('\n');
    }
    Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  void write(ArrayNode array) {
    byProcess.forEach(
        (name, cost) ->
            array
                .addObject()
                .put("process", name)
                .put("processor-seconds", cost.processorSeconds())
                .put("seconds", cost.seconds()));
  }
}
