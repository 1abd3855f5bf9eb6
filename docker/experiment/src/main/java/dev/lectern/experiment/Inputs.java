package dev.lectern.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.log.ManifestStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What the rows of an experiment learn from: recordings and datasets, which another one of the same
 * name must not replace between two trainings of a pair.
 *
 * @param runs settings of every row
 */
record Inputs(Collection<ObjectNode> runs) {
  /**
   * Keeps the digests in a file, or compares them with those that it keeps.
   *
   * @throws UserMistakeException if one is absent, or is another than the experiment began with
   */
  void requireUnchanged(Map<String, Object> kafka, Path file) throws IOException {
    ObjectNode now = ConfigLoader.json().createObjectNode();
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      for (ObjectNode run : runs) {
        if (run.path("dataset").isTextual()) {
          String name = run.path("dataset").asText();
          now.put("dataset " + name, manifests.requireDataset(name).getDigest());
        }
        for (JsonNode recording :
            run.has("recordings") ? run.path("recordings") : List.of(run.path("recording"))) {
          if (recording.isTextual()) {
            String name = recording.asText();
            now.put("recording " + name, manifests.requireRecording(name).getDigest());
          }
        }
      }
    }
    if (!Files.exists(file)) {
      WholeFile.write(file, temporary -> Files.writeString(temporary, ConfigLoader.toYaml(now)));
      return;
    }
    ObjectNode before = ConfigLoader.tree(file, List.of(), Object.class);
    now.properties()
        .forEach(
            input -> {
              String digest = before.path(input.getKey()).asText();
              if (!digest.equals(input.getValue().asText())) {
                throw new UserMistakeException(
                    input.getKey()
                        + ": found digest "
                        + input.getValue().asText()
                        + ", expected "
                        + digest
                        + ", with which the experiment in "
                        + file.getParent()
                        + " began; choose another --out");
              }
            });
  }
}
