package dev.lectern.trainer.replay;

import dev.lectern.schemas.archive.RecordingArchive;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.SortedMap;

/** The index of a recording in an archive; it is sealed. */
final class ArchiveIndex implements RecordingIndex {
  private final RecordingArchive archive;
  private final EntriesBySplit bySplit = new EntriesBySplit();

  ArchiveIndex(RecordingArchive archive) {
    this.archive = archive;
    archive
        .index()
        .forEach(
            (viewId, entry) -> bySplit.take(archive.recording(), viewId, entry, archive.index()));
  }

  @Override
  public RecordingManifest manifest() {
    return archive.recording();
  }

  @Override
  public DatasetManifest dataset() {
    return archive.dataset();
  }

  @Override
  public boolean isSealed() {
    return true;
  }

  @Override
  public SortedMap<String, IndexEntry> entries(String split) {
    return bySplit.of(split);
  }

  @Override
  public void close() {}
}
