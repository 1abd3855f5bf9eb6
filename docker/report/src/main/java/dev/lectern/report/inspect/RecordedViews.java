package dev.lectern.report.inspect;

import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.CorruptRecordException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The index of a recording at one moment, and what can be picked from it. */
public final class RecordedViews {
  private final String recording;
  private final SortedMap<String, IndexEntry> entries;

  private RecordedViews(String recording, SortedMap<String, IndexEntry> entries) {
    this.recording = recording;
    this.entries = entries;
  }

  /** Reads the index of a recording, open or sealed; see {@link Index#read}. */
  public static RecordedViews read(Map<String, Object> kafka, RecordingManifest recording) {
    return new RecordedViews(recording.getName(), Index.read(kafka, recording));
  }

  /**
   * Only those of one split.
   *
   * @throws UserMistakeException if there is none
   */
  public RecordedViews ofSplit(String split) {
    SortedMap<String, IndexEntry> kept = new TreeMap<>(entries);
    kept.values().removeIf(entry -> !entry.getView().getSplit().equals(split));
    if (kept.isEmpty()) {
      throw new UserMistakeException(
          "recording '" + recording + "': found no recorded view of split '" + split + "'");
    }
    return new RecordedViews(recording, kept);
  }

  /**
   * Only view 0 of each image: the plain resize.
   *
   * @throws UserMistakeException if there is none
   */
  public RecordedViews plain() {
    SortedMap<String, IndexEntry> kept = new TreeMap<>(entries);
    kept.values().removeIf(entry -> entry.getView().getViewNumber() != 0);
    if (kept.isEmpty()) {
      throw new UserMistakeException("recording '" + recording + "': found no recorded view 0");
    }
    return new RecordedViews(recording, kept);
  }

  /** All of them, in the order of their ids. */
  public List<IndexEntry> all() {
    return List.copyOf(entries.values());
  }

  /** At most so many, spread evenly over the view ids. */
  public List<IndexEntry> spread(int count) {
    List<IndexEntry> all = List.copyOf(entries.values());
    int size = Math.min(count, all.size());
    List<IndexEntry> chosen = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      chosen.add(all.get((int) ((long) i * all.size() / size)));
    }
    return chosen;
  }

  /**
   * Those of the given ids.
   *
   * @throws UserMistakeException if one is not recorded
   */
  public List<IndexEntry> named(List<String> viewIds) {
    List<IndexEntry> chosen = new ArrayList<>();
    for (String viewId : viewIds) {
      IndexEntry entry = entries.get(viewId);
      if (entry == null) {
        throw new UserMistakeException(
            "recording '"
                + recording
                + "': found no recorded view '"
                + viewId
                + "'"
                + Nearest.hint(viewId, entries.keySet()));
      }
      chosen.add(entry);
    }
    return chosen;
  }

  /**
   * The views themselves, with their pixels.
   *
   * @return in the order of the entries
   * @throws CorruptRecordException if one cannot be read, or is not what the catalog says
   */
  public static List<View> pixels(ViewReader reader, List<IndexEntry> entries) {
    Map<String, View> views = new HashMap<>();
    read(reader, entries, view -> views.put(view.getViewId(), view));
    return entries.stream().map(entry -> views.get(entry.getView().getViewId())).toList();
  }

  /**
   * Hands over the views in the order of the log.
   *
   * @throws CorruptRecordException if one cannot be read, or is not what the catalog says
   */
  public static void read(ViewReader reader, List<IndexEntry> entries, Consumer<View> handler) {
    reader.scan(
        entries.stream().map(IndexEntry::getView).toList(),
        new ViewReader.Handler() {
          @Override
          public void view(CatalogEntry entry, View view) {
            handler.accept(view);
          }

          @Override
          public void failed(CatalogEntry entry, String at, String why) {
            throw new CorruptRecordException(at + ": view " + entry.getViewId() + ": " + why);
          }
        });
  }
}
