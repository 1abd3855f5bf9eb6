package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything of a recording but its payloads, read once and in memory: about 1 KB per view.
 *
 * @param views catalog of the dataset
 * @param index the recorded views
 * @param deadLetters the first dead letter of each catalogued view that is not recorded; see {@link
 *     DeadLetterCheck}
 * @param indexEnds for each partition of the index the offset after what was read
 * @param passedOver records of the three topics that did not decode
 */
public record RecordingContents(
    SortedMap<String, CatalogEntry> views,
    SortedMap<String, IndexEntry> index,
    SortedMap<String, DeadLetter> deadLetters,
    SortedMap<Integer, Long> indexEnds,
    PassedOver passedOver) {

  /**
   * Reads catalog, index and dead letters to their ends; of a sealed recording exactly what was
   * sealed.
   *
   * @param dataset of the recording
   * @throws CorruptRecordingException if a sealed catalog or index has another digest than its
   *     manifest states
   */
  public static RecordingContents read(
      Map<String, ?> client, RecordingManifest manifest, DatasetManifest dataset) {
    return read(client, manifest, dataset, manifest.getEndOffsets());
  }

  /**
   * As above, to other ends.
   *
   * @param ends {@code topic-partition} to the offset to stop before, of index and dead letters; a
   *     topic that is not listed is read to its end
   */
  public static RecordingContents read(
      Map<String, ?> client,
      RecordingManifest manifest,
      DatasetManifest dataset,
      Map<String, Long> ends) {
    RecordingContents contents = readUnchecked(client, manifest, dataset, ends);
    if (dataset.getState() == State.SEALED) {
      SealCheck.catalog(client, dataset, contents.views);
    }
    if (manifest.getState() == State.SEALED) {
      SealCheck.index(client, manifest, contents.index);
    }
    return contents;
  }

  /** As above, for those who compare digests themselves. */
  public static RecordingContents readUnchecked(
      Map<String, ?> client,
      RecordingManifest manifest,
      DatasetManifest dataset,
      Map<String, Long> ends) {
    PassedOver passedOver = new PassedOver();
    SortedMap<String, CatalogEntry> views =
        Catalog.read(client, dataset.getName(), dataset.getEndOffsets(), passedOver);
    try (IndexReader index = new IndexReader(client, manifest.getName(), ends)) {
      index.refresh();
      passedOver.addAll(index.passedOver());
      return new RecordingContents(
          views,
          index.entries(),
          deadLetters(client, manifest, ends, views, index.entries(), passedOver),
          index.positions(),
          passedOver);
    }
  }

  private static SortedMap<String, DeadLetter> deadLetters(
      Map<String, ?> client,
      RecordingManifest manifest,
      Map<String, Long> ends,
      Map<String, CatalogEntry> views,
      Map<String, IndexEntry> recorded,
      PassedOver passedOver) {
    Map<String, CatalogEntry> byPlace = new HashMap<>(); // made for the first letter
    DeadLetterCheck check = new DeadLetterCheck(manifest.getDataset());
    SortedMap<String, DeadLetter> letters = new TreeMap<>();
    Topic<String, DeadLetter> topic = Topics.deadLetters(manifest.getName());
    try (TopicTail<String, DeadLetter> tail = new TopicTail<>(client, topic, ends)) {
      tail.readToEnd(
          record -> {
            DeadLetter letter = record.value();
            if (letter == null) {
              return;
            }
            if (byPlace.isEmpty()) {
              views
                  .values()
                  .forEach(view -> byPlace.put(place(view.getPartition(), view.getOffset()), view));
            }
            CatalogEntry view = byPlace.get(place(letter.getPartition(), letter.getOffset()));
            if (view != null
                && check.isOf(letter, view)
                && !recorded.containsKey(view.getViewId())) {
              letters.putIfAbsent(view.getViewId(), letter);
            }
          });
      passedOver.addAll(tail.passedOver());
    }
    return letters;
  }

  private static String place(int partition, long offset) {
    return partition + "@" + offset;
  }

  /** Payload bytes per kind name. */
  public SortedMap<String, Long> bytesPerKind() {
    SortedMap<String, Long> bytes = new TreeMap<>();
    for (IndexEntry entry : index.values()) {
      for (PayloadLocation payload : entry.getReceipt().getPayloads()) {
        bytes.merge(payload.getKind().name(), payload.getSize(), Long::sum);
      }
    }
    return bytes;
  }

  /** Whether every view of the catalog is recorded or has a dead letter. */
  public boolean isComplete() {
    return views.keySet().containsAll(index.keySet())
        && index.size() + deadLetters.size() == views.size();
  }

  /** The digest of what is recorded; see {@link RecordingDigest}. */
  public String digest(RecordingManifest manifest) {
    return RecordingDigest.of(manifest.getTeacherId(), manifest.getEncodings(), index);
  }
}
