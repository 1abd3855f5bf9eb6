package dev.lectern.trainer.replay;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.LazySortedMap;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recordings of one dataset that are replayed together, each by a teacher of its own: what they
 * hold is the views that all of them hold, and every teacher saw the same pixels. They grow until
 * the last of them is sealed. Thread-safe.
 */
public final class RecordingSet implements ReplayedViews {
  private static final Logger LOG = LoggerFactory.getLogger(RecordingSet.class);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final List<RecordingIndex> indexes;
  private boolean waitingStopped;

  private RecordingSet(List<RecordingIndex> indexes) {
    this.indexes = List.copyOf(indexes);
  }

  /**
   * Loads all that is recorded now.
   *
   * @param kafka client settings with {@code bootstrap.servers}
   * @param names of the recordings, each once
   * @throws UserMistakeException if one does not exist, no broker answers, or they are of different
   *     datasets
   * @throws CorruptRecordingException if one mixes teachers or pixels, or their teachers saw
   *     different pixels of a view
   */
  public static RecordingSet open(Map<String, Object> kafka, List<String> names) {
    if (names.isEmpty() || new HashSet<>(names).size() < names.size()) {
      throw new UserMistakeException(
          "recordings: found " + names + ", expected at least one, and each once");
    }
    List<RecordingIndex> opened = new ArrayList<>();
    try {
      for (String name : names) {
        opened.add(LogIndex.open(kafka, name));
      }
      return of(opened);
    } catch (RuntimeException e) {
      opened.forEach(RecordingIndex::close);
      throw e;
    }
  }

  /**
   * Joins what is open already; it is closed with the set.
   *
   * @throws UserMistakeException if the recordings are of different datasets
   */
  static RecordingSet of(List<RecordingIndex> indexes) {
    requireOneDataset(indexes);
    return new RecordingSet(indexes);
  }

  private static void requireOneDataset(List<RecordingIndex> indexes) {
    RecordingManifest first = indexes.get(0).manifest();
    for (RecordingIndex index : indexes) {
      if (!index.manifest().getDataset().equals(first.getDataset())) {
        throw new UserMistakeException(
            "recordings: '"
                + first.getName()
                + "' is of dataset '"
                + first.getDataset()
                + "' and '"
                + index.manifest().getName()
                + "' of '"
                + index.manifest().getDataset()
                + "', expected recordings of one dataset");
      }
    }
  }

  /** The recordings' manifests, as last read, in the order of their names when opened. */
  @Override
  public List<RecordingManifest> manifests() {
    return indexes.stream().map(RecordingIndex::manifest).toList();
  }

  @Override
  public DatasetManifest dataset() {
    return indexes.get(0).dataset();
  }

  @Override
  public boolean isSealed() {
    return indexes.stream().allMatch(RecordingIndex::isSealed);
  }

  /**
   * The views of a split that every recording holds, by view id, each with an entry per recording.
   *
   * @throws CorruptRecordingException if two teachers saw different pixels of a view
   */
  public SortedMap<String, List<IndexEntry>> entries(String split) {
    List<SortedMap<String, IndexEntry>> each =
        indexes.stream().map(index -> index.entries(split)).toList();
    SortedMap<String, ?> joint = each.get(0);
    if (each.size() > 1) {
      SortedMap<String, Boolean> held = new TreeMap<>();
      for (String viewId : each.get(0).keySet()) {
        if (each.stream().allMatch(entries -> entries.containsKey(viewId))) {
          requireSamePixels(of(viewId, each));
          held.put(viewId, true);
        }
      }
      joint = held;
    }
    return new LazySortedMap<>(joint, (viewId, any) -> of(viewId, each));
  }

  @Override
  public SortedMap<String, ReplayedView> views(String split) {
    return new LazySortedMap<>(
        entries(split), (viewId, each) -> new ReplayedView(each.get(0).getView(), each));
  }

  @Override
  public String called() {
    List<String> names =
        manifests().stream().map(manifest -> "'" + manifest.getName() + "'").toList();
    return (names.size() == 1 ? "recording " : "recordings ") + String.join(", ", names);
  }

  private static List<IndexEntry> of(String viewId, List<SortedMap<String, IndexEntry>> each) {
    return each.stream().map(entries -> entries.get(viewId)).toList();
  }

  private void requireSamePixels(List<IndexEntry> entries) {
    CatalogEntry first = entries.get(0).getView();
    for (int i = 1; i < entries.size(); i++) {
      if (!entries.get(i).getView().getPixelsSha256().equals(first.getPixelsSha256())) {
        throw new CorruptRecordingException(
            "recordings '"
                + indexes.get(0).manifest().getName()
                + "' and '"
                + indexes.get(i).manifest().getName()
                + "': their teachers saw different pixels of view "
                + first.getViewId()
                + "; was the dataset published again?");
      }
    }
  }

  @Override
  public void warnOfGaps(String split) {
    Set<String> all = new HashSet<>();
    indexes.forEach(index -> all.addAll(index.entries(split).keySet()));
    int joint = entries(split).size();
    if (joint < all.size()) {
      LOG.warn(
          "views that not every recording holds are left out recordings={} split={} used={} leftOut={}",
          manifests().stream().map(RecordingManifest::getName).toList(),
          split,
          joint,
          all.size() - joint);
    }
  }

  /**
   * Waits until a split has so many views, all recordings are sealed, or {@link #stopWaiting} was
   * called.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  @Override
  public synchronized void await(String split, int count) throws InterruptedException {
    boolean logged = false;
    while (!isSealed() && !waitingStopped && entries(split).size() < count) {
      if (!logged) {
        logged = true;
        LOG.info(
            "waiting for open recordings recordings={} split={} recorded={} wanted={}",
            manifests().stream().map(RecordingManifest::getName).toList(),
            split,
            entries(split).size(),
            count);
      }
      wait(PAUSE.toMillis());
    }
  }

  @Override
  public synchronized void stopWaiting() {
    waitingStopped = true;
    notifyAll();
  }

  @Override
  public void close() {
    stopWaiting();
    indexes.forEach(RecordingIndex::close);
  }
}
