package dev.lectern.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What the rows of an experiment learn from: recordings and datasets, which another one of the same
 * name must not replace between two trainings of a pair.
 *
 * @param runs settings of every row
 */
record Inputs(Collection<ObjectNode> runs) {
  private static final String ANNOTATIONS = "annotations of dataset ";

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
          DatasetManifest dataset = manifests.requireDataset(run.path("dataset").asText());
          now.put("dataset " + dataset.getName(), dataset.getDigest());
          putAnnotations(now, dataset);
        }
        for (JsonNode recording :
            run.has("recordings") ? run.path("recordings") : List.of(run.path("recording"))) {
          if (recording.isTextual()) {
            String name = recording.asText();
            RecordingManifest manifest = manifests.requireRecording(name);
            now.put("recording " + name, manifest.getDigest());
            putAnnotations(now, manifests.requireDataset(manifest.getDataset()));
          }
        }
      }
    }
    requireUnchanged(now, file);
  }

  /** The digest of a dataset is that of its pixels; its plan names the annotations too. */
  private static void putAnnotations(ObjectNode inputs, DatasetManifest dataset) {
    inputs.put(
        ANNOTATIONS + dataset.getName(), HexFormat.of().formatHex(Sha256.of(dataset.getPlan())));
  }

  private static void requireUnchanged(ObjectNode now, Path file) throws IOException {
    if (!Files.exists(file)) {
      WholeFile.write(file, temporary -> Files.writeString(temporary, ConfigLoader.toYaml(now)));
      return;
    }
    ObjectNode before = ConfigLoader.tree(file, List.of(), Object.class);
    now.properties().stream()
        // An experiment that was begun by an earlier version knows no annotations.
        .filter(input -> before.has(input.getKey()) || !input.getKey().startsWith(ANNOTATIONS))
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
