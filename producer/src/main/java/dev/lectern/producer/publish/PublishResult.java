package dev.lectern.producer.publish;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import java.util.Map;

/**
 * What one run did and what the dataset holds after it.
 *
 * @param state SEALED when the dataset is complete; OPEN when the run was stopped before
 * @param images images with at least one view
 * @param views committed views of the dataset
 * @param objects annotated boxes in all views 0, crowd regions included
 * @param published views that this run added
 * @param skipped views that were there already
 * @param publishedBytes encoded pixels that this run added
 * @param splits views per split
 * @param problems what was left out or repaired, by name
 * @param digest of the dataset, hex; empty while OPEN
 */
public record PublishResult(
    State state,
    long images,
    long views,
    long objects,
    long published,
    long skipped,
    long publishedBytes,
    Map<String, Long> splits,
    Map<String, Long> problems,
    String digest) {
  public PublishResult {
    splits = Map.copyOf(splits);
    problems = Map.copyOf(problems);
  }

  /** A run that ended before it looked at the dataset. */
  static PublishResult untouched(Map<String, Long> problems) {
    return new PublishResult(State.OPEN, 0, 0, 0, 0, 0, 0, Map.of(), problems, "");
  }

  /** A dataset as its manifest describes it. */
  static PublishResult of(
      DatasetManifest manifest, long published, long skipped, long publishedBytes) {
    return new PublishResult(
        manifest.getState(),
        manifest.getImages(),
        manifest.getViews(),
        manifest.getObjects(),
        published,
        skipped,
        publishedBytes,
        manifest.getSplits(),
        manifest.getProblems(),
        manifest.getDigest());
  }
}
