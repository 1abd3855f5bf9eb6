package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.List;
import java.util.SortedMap;

/** The views of one dataset that a replay reads, with what teachers gave for each. */
public interface ReplayedViews extends AutoCloseable {
  /** The recordings that hold the teachers' outputs, as last read; none of a dataset alone. */
  List<RecordingManifest> manifests();

  /** Their dataset. */
  DatasetManifest dataset();

  /** Whether nothing will be added. */
  boolean isSealed();

  /** What is there of a split, by view id. */
  SortedMap<String, ReplayedView> views(String split);

  /** Waits until a split has so many views, nothing will be added, or {@link #stopWaiting}. */
  void await(String split, int count) throws InterruptedException;

  /** Ends every {@link #await}, now and later. */
  void stopWaiting();

  /** Logs which views of a split are left out because a teacher lacks them. */
  default void warnOfGaps(String split) {}

  /** Names it in messages, such as {@code recording 'a'}. */
  String called();

  @Override
  void close();
}
