package dev.lectern.trainer.replay;

import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.IndexEntries;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.Map;
import java.util.TreeMap;

/**
 * The entries of an index, split by split. An entry whose teacher is not the manifest's, or whose
 * teacher saw other pixels than the view's, is refused: a recording is one teacher's view of one
 * dataset.
 */
final class EntriesBySplit {
  private final Map<String, IndexEntries> splits = new TreeMap<>();

  /** The entries of a split; empty where there are none. */
  IndexEntries of(String split) {
    return splits.getOrDefault(split, new IndexEntries());
  }

  void clear() {
    splits.clear();
  }

  void drop(String viewId) {
    splits.values().forEach(entries -> entries.drop(viewId));
  }

  /**
   * Takes an entry in.
   *
   * @param read holds the entry
   * @throws CorruptRecordingException if it is of another teacher or of other pixels
   */
  void take(RecordingManifest manifest, String viewId, IndexEntry entry, IndexEntries read) {
    if (!entry.getReceipt().getTeacherId().equals(manifest.getTeacherId())) {
      throw new CorruptRecordingException(
          "recording '"
              + manifest.getName()
              + "' mixes teachers: view "
              + viewId
              + " is from "
              + entry.getReceipt().getTeacherId()
              + ", the manifest says "
              + manifest.getTeacherId());
    }
    if (!entry.getReceipt().getPixelsSha256().equals(entry.getView().getPixelsSha256())) {
      throw new CorruptRecordingException(
          "recording '"
              + manifest.getName()
              + "': the teacher saw other pixels than those of view "
              + viewId);
    }
    splits
        .computeIfAbsent(entry.getView().getSplit(), split -> new IndexEntries())
        .share(viewId, read);
  }
}
