package dev.lectern.watch;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of the topics at one point in time.
 *
 * @param nowMs milliseconds since the epoch
 * @param catalogued entries on the catalog by dataset; of open datasets
 * @param causes of dead letters by recording
 * @param statuses the last of each sender
 * @param warnings what endangers data, in plain words
 */
record Observations(
    long nowMs,
    List<DatasetManifest> datasets,
    List<RecordingManifest> recordings,
    Map<String, Long> catalogued,
    Map<String, List<RecordingView.Cause>> causes,
    Collection<ReceivedStatus> statuses,
    List<String> warnings) {
  /** Says how many records do not decode. */
  static String passedOver(long records) {
    return records == 1
        ? "1 record does not decode and is passed over"
        : Figures.grouped(records) + " records do not decode and are passed over";
  }

  /** The dataset of a name. */
  Optional<DatasetManifest> dataset(String name) {
    return datasets.stream().filter(dataset -> dataset.getName().equals(name)).findAny();
  }
}
