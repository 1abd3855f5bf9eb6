package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.IndexEntries;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.View;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The views that show an image: its own, and those of other images that are mixed with it. What
 * datasets and recordings are without them. Immutable.
 */
final class ErasedViews {
  private final Set<String> viewIds;
  private final Map<String, Plain> plain;

  /** The plain view of an erased image. */
  private record Plain(String split, boolean labelled, int objects) {}

  private ErasedViews(Set<String> viewIds, Map<String, Plain> plain) {
    this.viewIds = viewIds;
    this.plain = plain;
  }

  /**
   * Requires a view of each image.
   *
   * @param catalog of the dataset
   * @param images ids
   * @throws UserMistakeException if there is none of one of them
   */
  static void requireShown(
      String dataset, SortedMap<String, CatalogEntry> catalog, Set<String> images) {
    Set<String> missing = new TreeSet<>(images);
    catalog.values().forEach(entry -> missing.remove(entry.getImageId()));
    if (!missing.isEmpty()) {
      throw new UserMistakeException(
          "dataset '" + dataset + "': found no views of images " + missing);
    }
  }

  /**
   * Looks at every view.
   *
   * @param client Kafka client properties
   * @param dataset its newest version
   * @param catalog of that
   * @param images ids of images
   */
  static ErasedViews find(
      Map<String, Object> client,
      String dataset,
      SortedMap<String, CatalogEntry> catalog,
      Set<String> images,
      Progress.Factory progress) {
    Set<String> viewIds = new HashSet<>();
    Map<String, Plain> plain = new HashMap<>();
    try (ViewReader reader = new ViewReader(client, dataset);
        Progress shown = progress.start("look for the images", "views", catalog.size())) {
      reader.scan(
          catalog.values(),
          new ViewReader.Handler() {
            @Override
            public void view(CatalogEntry entry, View view) {
              shown.advance(1);
              boolean own = images.contains(view.getImageId());
              if (own
                  || view.getTransform().getParts().stream()
                      .anyMatch(part -> images.contains(part.getImageId()))) {
                viewIds.add(view.getViewId());
              }
              if (own && view.getViewNumber() == 0) {
                plain.put(
                    view.getViewId(),
                    new Plain(view.getSplit(), view.getLabelled(), view.getGroundTruth().size()));
              }
            }

            @Override
            public void failed(CatalogEntry entry, String at, String why) {
              throw new ArchiveException(at + ": expected view " + entry.getViewId() + ": " + why);
            }
          });
    }
    return new ErasedViews(viewIds, plain);
  }

  /** How many views are erased. */
  int count() {
    return viewIds.size();
  }

  /** The catalog without them. */
  SortedMap<String, CatalogEntry> without(SortedMap<String, CatalogEntry> catalog) {
    SortedMap<String, CatalogEntry> kept = new TreeMap<>(catalog);
    kept.keySet().removeAll(viewIds);
    return kept;
  }

  /**
   * The manifest of a dataset without them.
   *
   * @param catalog its catalog, whole
   * @throws UserMistakeException if nothing is left
   */
  DatasetManifest without(DatasetManifest dataset, SortedMap<String, CatalogEntry> catalog) {
    SortedMap<String, CatalogEntry> kept = without(catalog);
    if (kept.isEmpty()) {
      throw new UserMistakeException(
          "dataset '" + dataset.getName() + "': nothing is left without these images");
    }
    Map<String, Long> splits = new TreeMap<>();
    Set<String> images = new HashSet<>();
    for (CatalogEntry entry : kept.values()) {
      splits.merge(entry.getSplit(), 1L, Long::sum);
      images.add(entry.getImageId());
    }
    long objects = dataset.getObjects();
    Map<String, Long> unlabelled = new TreeMap<>(dataset.getUnlabelled());
    for (Map.Entry<String, Plain> view : plain.entrySet()) {
      if (catalog.containsKey(view.getKey())) {
        objects -= view.getValue().objects();
        if (!view.getValue().labelled()) {
          unlabelled.computeIfPresent(
              view.getValue().split(), (split, count) -> count > 1 ? count - 1 : null);
        }
      }
    }
    return DatasetManifest.newBuilder(dataset)
        .setImages(images.size())
        .setViews(kept.size())
        .setObjects(objects)
        .setSplits(splits)
        .setUnlabelled(unlabelled)
        .setDigest(DatasetDigest.ofCatalog(kept))
        .setUpdatedAt(System.currentTimeMillis())
        .setEndOffsets(Map.of())
        .build();
  }

  /** What is recorded without them. */
  RecordingContents without(RecordingContents contents) {
    IndexEntries index = new IndexEntries();
    contents
        .index()
        .forEach(
            (viewId, entry) -> {
              if (!viewIds.contains(viewId)) {
                index.add(entry);
              }
            });
    SortedMap<String, DeadLetter> letters = new TreeMap<>(contents.deadLetters());
    letters.keySet().removeAll(viewIds);
    return new RecordingContents(
        without(contents.views()), index, letters, contents.indexEnds(), contents.passedOver());
  }

  /**
   * The manifest of a recording without them.
   *
   * @param kept what is recorded without them
   */
  static RecordingManifest sealed(RecordingManifest recording, RecordingContents kept) {
    return RecordingManifest.newBuilder(recording)
        .setExpected(kept.views().size())
        .setRecorded(kept.index().size())
        .setDeadLettered(kept.deadLetters().size())
        .setBytesPerKind(kept.bytesPerKind())
        .setEndOffsets(Map.of())
        .setDigest(kept.digest(recording))
        .setSealedAt(System.currentTimeMillis())
        .build();
  }
}
