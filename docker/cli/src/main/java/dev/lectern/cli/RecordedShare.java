package dev.lectern.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.util.Map;
import java.util.Optional;

/**
 * How many of the plain views that a teacher is measured on are recorded.
 *
 * @param state of the recording
 * @param split of the views; null for all
 * @param views in the dataset
 * @param recorded of these
 */
record RecordedShare(State state, String split, long views, long recorded) {

  /** Counts the views of the dataset. */
  static RecordedShare of(
      Map<String, Object> kafka,
      RecordingManifest recording,
      DatasetManifest dataset,
      String split,
      long recorded) {
    long views =
        Catalog.read(kafka, dataset).values().stream()
            .filter(view -> view.getViewNumber() == 0)
            .filter(view -> split == null || view.getSplit().equals(split))
            .count();
    return new RecordedShare(recording.getState(), split, views, recorded);
  }

  /** What is missing and why; empty if nothing is. */
  Optional<String> gap() {
    return recorded == views
        ? Optional.empty()
        : Optional.of(
            "%d of %d plain views%s are not recorded (%s)"
                .formatted(
                    views - recorded,
                    views,
                    split == null ? "" : " of split '" + split + "'",
                    state == State.OPEN ? "the recording is open" : "they were given up"));
  }

  void addTo(ObjectNode json) {
    json.put("views", views);
    json.put("recorded", recorded);
  }
}
