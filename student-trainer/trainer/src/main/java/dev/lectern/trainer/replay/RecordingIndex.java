package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.Map;
import java.util.SortedMap;

/** What a recording holds. Thread-safe. */
public interface RecordingIndex extends AutoCloseable {
  /**
   * Loads all that is recorded now on Kafka, and follows what is added.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @throws UserMistakeException if there is no such recording or no broker answers
   * @throws CorruptRecordingException if it mixes teachers or pixels, or a sealed one is not what
   *     was sealed
   */
  static RecordingIndex open(Map<String, Object> kafka, String recording) {
    return LogIndex.open(kafka, recording);
  }

  /** The recording's manifest, as last read. */
  RecordingManifest manifest();

  DatasetManifest dataset();

  /** Whether nothing will be added. */
  boolean isSealed();

  /** The entries of a split recorded so far, by view id. */
  SortedMap<String, IndexEntry> entries(String split);

  @Override
  void close();
}
