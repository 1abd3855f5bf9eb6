package dev.lectern.schemas.log;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.LabelPixels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Rebuilds what compaction may erase of a sealed recording: its index, from catalog and receipts,
 * and the catalog of its dataset, from the views.
 *
 * <p>Nothing is written before the rebuilt entries have the digest that the manifest states, and
 * the manifest learns the new ends only after they were read back with that digest; the digest
 * never changes. Records that others wrote to the two topics are overwritten or removed, so that
 * compaction keeps the right ones.
 */
public final class RecordingRepair {
  private final Map<String, Object> client;
  private final ManifestStore manifests;

  /**
   * What a repair did.
   *
   * @param views in the index
   * @param indexWritten entries of the index that were written again
   * @param indexRemoved keys that are no part of the recording
   * @param catalogWritten entries of the dataset's catalog that were written again
   * @param catalogRemoved keys that are no part of the dataset
   * @param digest of the recording
   */
  public record Result(
      String recording,
      long views,
      long indexWritten,
      long indexRemoved,
      long catalogWritten,
      long catalogRemoved,
      String digest) {}

  private RecordingRepair(Map<String, ?> client, ManifestStore manifests) {
    this.client = new HashMap<>(client);
    this.manifests = manifests;
  }

  /**
   * Repairs a sealed recording; does nothing to one that needs no repair.
   *
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @throws UserMistakeException if there is no such recording, or it or its dataset is open
   * @throws CorruptRecordingException if views or receipts that were sealed are gone
   */
  public static Result run(Map<String, ?> client, String recording) throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client)) {
      return new RecordingRepair(client, manifests).run(manifests.requireRecording(recording));
    }
  }

  private Result run(RecordingManifest recording) throws InterruptedException {
    DatasetManifest dataset = manifests.requireDataset(recording.getDataset());
    requireSealed("recording", recording.getName(), recording.getState());
    requireSealed("dataset", dataset.getName(), dataset.getState());

    SortedMap<String, CatalogEntry> views = views(dataset, survivors(recording));
    TableRewrite catalog = rewriteCatalog(dataset, views);
    SortedMap<String, IndexEntry> entries = entries(recording, views);
    TableRewrite index = rewriteIndex(recording, entries);
    return new Result(
        recording.getName(),
        entries.size(),
        index.written(),
        index.removed(),
        catalog.written(),
        catalog.removed(),
        recording.getDigest());
  }

  private static void requireSealed(String what, String name, State state) {
    if (state != State.SEALED) {
      throw new UserMistakeException(
          what
              + " '"
              + name
              + "' is open; expected a sealed one, an open one has nothing to repair");
    }
  }

  /** What is left of the sealed index. */
  private SortedMap<String, IndexEntry> survivors(RecordingManifest recording) {
    try (IndexReader reader =
        new IndexReader(client, recording.getName(), recording.getEndOffsets())) {
      reader.refresh();
      return new TreeMap<>(reader.entries());
    }
  }

  /**
   * The sealed catalog: what is left of it, what the index repeats, and what the views say of the
   * rest.
   */
  private SortedMap<String, CatalogEntry> views(
      DatasetManifest dataset, SortedMap<String, IndexEntry> index) {
    SortedMap<String, CatalogEntry> views =
        Catalog.read(client, dataset.getName(), dataset.getEndOffsets(), new PassedOver());
    if (isSealed(dataset, views)) {
      return views;
    }
    index.forEach((viewId, entry) -> views.putIfAbsent(viewId, entry.getView()));
    if (!isSealed(dataset, views)) {
      addFromLog(dataset.getName(), views);
    }
    SealCheck.catalog(client, dataset, views);
    return views;
  }

  private static boolean isSealed(DatasetManifest dataset, SortedMap<String, CatalogEntry> views) {
    return views.size() == dataset.getViews()
        && DatasetDigest.ofCatalog(views).equals(dataset.getDigest());
  }

  private void addFromLog(String dataset, SortedMap<String, CatalogEntry> views) {
    try (TopicReader<String, View> reader = TopicReader.sequential(client, Topics.views(dataset))) {
      SortedMap<Integer, Long> begins = reader.beginningOffsets();
      reader
          .endOffsets()
          .forEach(
              (partition, end) ->
                  reader.read(
                      partition,
                      begins.get(partition),
                      end,
                      record -> {
                        CatalogEntry entry = entry(record);
                        if (entry != null) {
                          views.putIfAbsent(entry.getViewId(), entry);
                        }
                      }));
    }
  }

  /** Null for what is not a view, or has another image or label map than it says. */
  private static CatalogEntry entry(LogRecord<String, View> record) {
    View view;
    try {
      view = record.value();
    } catch (CorruptRecordException e) {
      return null;
    }
    if (view == null
        || !Sha256.of(view.getPixels()).equals(view.getPixelsSha256())
        || !LabelPixels.sha256(view.getLabelMap()).equals(view.getLabelMapSha256())) {
      return null;
    }
    return CatalogEntry.newBuilder()
        .setViewId(view.getViewId())
        .setImageId(view.getImageId())
        .setViewNumber(view.getViewNumber())
        .setSplit(view.getSplit())
        .setWidth(view.getWidth())
        .setHeight(view.getHeight())
        .setPartition(record.partition())
        .setOffset(record.offset())
        .setPixelBytes(view.getPixels().remaining())
        .setPixelsSha256(view.getPixelsSha256())
        .setLabelMapSha256(view.getLabelMapSha256())
        .build();
  }

  private TableRewrite rewriteCatalog(
      DatasetManifest dataset, SortedMap<String, CatalogEntry> views) throws InterruptedException {
    String newest = RecordingVerifier.newestVersion(manifests, dataset).getName();
    if (!newest.equals(dataset.getName())) {
      requireWhole(dataset, newest);
      return new TableRewrite(0, 0);
    }
    Topic<String, CatalogEntry> topic = Topics.catalog(dataset.getName());
    TableRewrite rewrite = TableRewrite.of(client, topic, views);
    Map<String, Long> ends = TopicReader.ends(client, List.of(topic));
    if (!rewrite.changedNothing() || goesOn(dataset.getEndOffsets(), ends)) {
      DatasetManifest repaired = DatasetManifest.newBuilder(dataset).setEndOffsets(ends).build();
      Catalog.read(client, repaired);
      manifests.publish(new Manifest.OfDataset(repaired));
    }
    return rewrite;
  }

  /**
   * The entries after it are of a later version; those of an earlier one cannot come before them.
   */
  private void requireWhole(DatasetManifest dataset, String newest) {
    if (!isSealed(
        dataset,
        Catalog.read(client, dataset.getName(), dataset.getEndOffsets(), new PassedOver()))) {
      throw new CorruptRecordingException(
          "dataset '"
              + dataset.getName()
              + "': its catalog is damaged and goes on with "
              + newest
              + ", so it cannot be rebuilt; import its recordings from archives to another broker");
    }
  }

  /**
   * Makes the index of an open recording what its receipts say, where strays changed it.
   *
   * @param views catalog of the dataset
   * @return whether anything was written
   */
  public static boolean rewriteOpenIndex(
      Map<String, ?> client, RecordingManifest open, SortedMap<String, CatalogEntry> views)
      throws InterruptedException {
    return !TableRewrite.of(client, Topics.index(open.getName()), received(client, open, views))
        .changedNothing();
  }

  /** The first valid receipt of each view. */
  private static SortedMap<String, IndexEntry> received(
      Map<String, ?> client, RecordingManifest recording, SortedMap<String, CatalogEntry> views) {
    SortedMap<String, IndexEntry> received = new TreeMap<>();
    ReceiptCheck check = new ReceiptCheck(recording);
    try (TopicTail<String, Receipt> tail =
        new TopicTail<>(client, Topics.receipts(recording.getName()), recording.getEndOffsets())) {
      tail.readToEnd(
          record -> {
            CatalogEntry view = views.get(record.requireKey());
            Receipt receipt = record.value();
            if (view != null && receipt != null && check.fault(receipt, view) == null) {
              received.putIfAbsent(view.getViewId(), new IndexEntry(view, receipt));
            }
          });
    }
    return received;
  }

  /** The sealed index: what is left of it, and what the first valid receipts say of the rest. */
  private SortedMap<String, IndexEntry> entries(
      RecordingManifest recording, SortedMap<String, CatalogEntry> views) {
    SortedMap<String, IndexEntry> received = received(client, recording, views);
    ReceiptCheck check = new ReceiptCheck(recording);
    SortedMap<String, IndexEntry> entries = new TreeMap<>(received);
    survivors(recording)
        .forEach(
            (viewId, entry) -> {
              CatalogEntry view = views.get(viewId);
              if (view != null && check.fault(entry.getReceipt(), view) == null) {
                entries.put(viewId, entry);
              }
            });
    if (!isSealed(recording, entries) && isSealed(recording, received)) {
      return received;
    }
    SealCheck.index(client, recording, entries);
    return entries;
  }

  /**
   * Whether a topic has records behind its sealed ends: strays that say what was sealed, or what a
   * repair wrote that was interrupted before it published the manifest.
   */
  private static boolean goesOn(Map<String, Long> sealed, Map<String, Long> present) {
    return present.entrySet().stream()
        .anyMatch(end -> end.getValue() > sealed.getOrDefault(end.getKey(), Long.MAX_VALUE));
  }

  private static boolean isSealed(
      RecordingManifest recording, SortedMap<String, IndexEntry> entries) {
    return entries.size() == recording.getRecorded()
        && RecordingDigest.of(recording.getTeacherId(), recording.getEncodings(), entries.values())
            .equals(recording.getDigest());
  }

  private TableRewrite rewriteIndex(
      RecordingManifest recording, SortedMap<String, IndexEntry> entries)
      throws InterruptedException {
    Topic<String, IndexEntry> topic = Topics.index(recording.getName());
    TableRewrite rewrite = TableRewrite.of(client, topic, entries);
    Map<String, Long> present = TopicReader.ends(client, List.of(topic));
    if (!rewrite.changedNothing() || goesOn(recording.getEndOffsets(), present)) {
      Map<String, Long> ends = new TreeMap<>(recording.getEndOffsets());
      ends.putAll(present);
      RecordingManifest repaired =
          RecordingManifest.newBuilder(recording).setEndOffsets(ends).build();
      Index.read(client, repaired);
      manifests.publish(new Manifest.OfRecording(repaired));
    }
    return rewrite;
  }
}
