package dev.lectern.trainer.replay;

import dev.lectern.schemas.archive.RecordingArchive;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.CatalogEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Recordings and datasets in archives, on disk or behind an address; no broker is asked. */
public final class ArchiveSource implements RecordingSource {
  private final Map<String, RecordingArchive> byRecording = new LinkedHashMap<>();

  /**
   * Opens the archives.
   *
   * @param archives folders, or {@code http} or {@code https} addresses of such
   * @throws UserMistakeException if one is not an archive, or two are of the same recording
   * @throws dev.lectern.schemas.archive.ArchiveException if one is damaged or cannot be read
   */
  public ArchiveSource(List<String> archives) {
    for (String where : archives) {
      RecordingArchive archive = RecordingArchive.openPlaced(where);
      String name = archive.recording().getName();
      if (byRecording.put(name, archive) != null) {
        throw new UserMistakeException(
            "archives: found two of recording '" + name + "', expected each recording once");
      }
    }
  }

  @Override
  public ReplayedViews recordings(List<String> names) {
    List<RecordingIndex> indexes = new ArrayList<>();
    for (String name : names) {
      indexes.add(new ArchiveIndex(archive(name)));
    }
    RecordingSet recordings = RecordingSet.of(indexes);
    withViews(recordings.dataset().getName());
    return recordings;
  }

  @Override
  public ReplayedViews dataset(String name) {
    RecordingArchive archive = withViews(name);
    return new DatasetViews(archive.dataset(), archive.catalog());
  }

  @Override
  public SortedMap<String, CatalogEntry> catalog(String dataset) {
    return withViews(dataset).catalog();
  }

  @Override
  public PartReader parts(String dataset) {
    return new ArchivePartReader(withViews(dataset), byRecording);
  }

  private RecordingArchive archive(String recording) {
    RecordingArchive archive = byRecording.get(recording);
    if (archive == null) {
      throw new UserMistakeException(
          "archives: found recordings "
              + byRecording.keySet()
              + ", expected '"
              + recording
              + "' among them");
    }
    return archive;
  }

  private RecordingArchive withViews(String dataset) {
    return byRecording.values().stream()
        .filter(archive -> archive.dataset().getName().equals(dataset) && archive.hasViews())
        .findFirst()
        .orElseThrow(
            () ->
                new UserMistakeException(
                    "archives: found none with the views of dataset '"
                        + dataset
                        + "'; export one without --without-views"));
  }
}
