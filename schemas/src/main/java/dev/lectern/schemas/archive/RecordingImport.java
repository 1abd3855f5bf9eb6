package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.TopicTail;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.RecordingTopics;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * Brings an archive to a broker: its dataset where that is missing, then the recording.
 *
 * <p>The order is that of a fleet: payloads, their acknowledgements, the receipt. The index follows
 * the receipts, and the manifest follows the index after everything was read back and has the
 * archive's digest. Until then there is no recording; an import that was cut off is started again
 * and goes on after the last receipt.
 */
public final class RecordingImport {
  private final Map<String, Object> client;
  private final Progress.Factory progress;

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param progress shows views, then payloads
   */
  public RecordingImport(Map<String, ?> client, Progress.Factory progress) {
    this.client = new HashMap<>(client);
    this.progress = progress;
  }

  /**
   * Imports under the archive's own name.
   *
   * @param partitions of the topics of a dataset that is made
   */
  public ArchiveSummary run(Path folder, int partitions) throws InterruptedException {
    return run(RecordingArchive.open(folder), null, partitions);
  }

  /**
   * Imports under another name; the digest does not depend on it.
   *
   * @param partitions of the topics of a dataset that is made
   * @throws UserMistakeException if the folder is not an archive, the name is taken, or the broker
   *     has another dataset of the same name
   * @throws ArchiveException if the archive is damaged, or the topics hold something else
   */
  public ArchiveSummary run(Path folder, String name, int partitions) throws InterruptedException {
    return run(RecordingArchive.open(folder), Topics.checkedName(name), partitions);
  }

  private ArchiveSummary run(RecordingArchive archive, String newName, int partitions)
      throws InterruptedException {
    String name = newName == null ? archive.recording().getName() : newName;
    String dataset = archive.dataset().getName();
    try (ManifestStore manifests = new ManifestStore(client)) {
      requireFree(manifests, name, dataset);
      DatasetImport views = new DatasetImport(client, progress, manifests);
      long imported = views.isThere(archive) ? 0 : views.run(archive, partitions);
      try (Admin admin = Admin.create(client)) {
        RecordingTopics.ensure(admin, name, dataset);
      }
      Run run = new Run(archive, name, manifests.requireDataset(dataset));
      run.payloads();
      RecordingManifest sealed = run.verified();
      requireFree(manifests, name, dataset);
      manifests.publish(new Manifest.OfRecording(sealed));
      return new ArchiveSummary(
          name, dataset, imported, run.payloads, run.payloadBytes, sealed.getDigest());
    } catch (CompletionException e) {
      throw new KafkaException(
          "recording '" + name + "' is not imported: " + e.getCause().getMessage(), e.getCause());
    }
  }

  private static void requireFree(ManifestStore manifests, String name, String dataset) {
    if (manifests.recording(name).isPresent()) {
      throw new UserMistakeException(
          "recording '" + name + "' exists on this broker; delete it first, or import as another");
    }
    if (name.equals(dataset) || manifests.dataset(name).isPresent()) {
      throw new UserMistakeException(
          "name '" + name + "' is that of a dataset; expected another name for the recording");
    }
  }

  private final class Run {
    private final RecordingArchive archive;
    private final String name;
    private final DatasetManifest dataset;
    private final SortedMap<String, CatalogEntry> catalog;
    private final Map<String, Receipt> receipts = new HashMap<>();
    private final List<CompletableFuture<?>> sent = new ArrayList<>();
    private long payloads;
    private long payloadBytes;

    Run(RecordingArchive archive, String name, DatasetManifest dataset) {
      this.archive = archive;
      this.name = name;
      this.dataset = dataset;
      this.catalog = Catalog.read(client, dataset);
    }

    void payloads() {
      ReceiptsInFlight inFlight = new ReceiptsInFlight(archive, name);
      try (TopicTail<String, Receipt> tail = new TopicTail<>(client, Topics.receipts(name))) {
        tail.readToEnd(
            record -> {
              Receipt receipt = record.value();
              if (inFlight.isOfArchive(receipt)) {
                receipts.putIfAbsent(receipt.getViewId(), receipt);
              }
            });
      }
      List<TensorKind> kinds = archive.kinds();
      long total = (long) archive.index().size() * kinds.size();
      List<PayloadSource> sources = new ArrayList<>();
      try (TopicWriter writer = new TopicWriter(client);
          Progress shown = progress.start("import " + name, "payloads", total)) {
        kinds.forEach(kind -> sources.add(new PayloadSource(archive, kind)));
        shown.note(receipts.isEmpty() ? "" : receipts.size() + " views were there already");
        try {
          transfer(writer, inFlight, sources, shown);
        } finally {
          // Commits what came before a damaged file too: the next import continues there.
          writer.flush();
          inFlight.acknowledged().forEach(receipt -> commit(writer, receipt));
          writer.flush();
        }
        settle();
        index(writer);
        letters(writer);
        writer.flush();
        settle();
      } finally {
        sources.forEach(PayloadSource::close);
      }
    }

    private void transfer(
        TopicWriter writer,
        ReceiptsInFlight inFlight,
        List<PayloadSource> sources,
        Progress shown) {
      boolean more = true;
      while (more) {
        more = false;
        // The files of all kinds have nearly the same order, so that few views are half sent.
        for (PayloadSource source : sources) {
          PayloadSource.Payload payload = source.next();
          if (payload != null) {
            more = true;
            if (!receipts.containsKey(payload.receipt().getViewId())) {
              inFlight.send(writer, payload);
              payloads++;
              payloadBytes += payload.location().getSize();
            }
            shown.advance(1);
          }
        }
        inFlight.acknowledged().forEach(receipt -> commit(writer, receipt));
      }
    }

    private void commit(TopicWriter writer, Receipt receipt) {
      receipts.put(receipt.getViewId(), receipt);
      sent.add(writer.send(Topics.receipts(name), receipt.getViewId(), receipt));
    }

    private void settle() {
      sent.forEach(CompletableFuture::join);
      sent.clear();
    }

    private void index(TopicWriter writer) {
      Topic<String, IndexEntry> topic = Topics.index(name);
      archive
          .index()
          .keySet()
          .forEach(
              viewId ->
                  sent.add(
                      writer.send(
                          topic, viewId, new IndexEntry(view(viewId), receipts.get(viewId)))));
    }

    /** A second import repeats them; the first of a view counts. */
    private void letters(TopicWriter writer) {
      Topic<String, DeadLetter> topic = Topics.deadLetters(name);
      archive
          .deadLetters()
          .forEach(
              (viewId, letter) ->
                  sent.add(
                      writer.send(
                          topic,
                          viewId,
                          DeadLetter.newBuilder(letter)
                              .setTopic(Topics.views(archive.dataset().getName()).name())
                              .setPartition(view(viewId).getPartition())
                              .setOffset(view(viewId).getOffset())
                              .build())));
    }

    private CatalogEntry view(String viewId) {
      CatalogEntry view = catalog.get(viewId);
      if (view == null) {
        throw new ArchiveException(
            "view " + viewId + " is not in the catalog of " + archive.dataset().getName());
      }
      return view;
    }

    /** The manifest, after the log was read back and is what the archive is. */
    RecordingManifest verified() {
      List<Topic<?, ?>> topics = new ArrayList<>();
      archive.kinds().forEach(kind -> topics.add(Topics.tensors(name, kind)));
      topics.add(Topics.receipts(name));
      topics.add(Topics.deadLetters(name));
      topics.add(Topics.index(name));
      RecordingManifest manifest =
          RecordingManifest.newBuilder(archive.recording())
              .setName(name)
              .setEndOffsets(TopicReader.ends(client, topics))
              .build();
      RecordingContents contents =
          RecordingContents.readUnchecked(client, manifest, dataset, manifest.getEndOffsets());
      String digest = contents.digest(manifest);
      if (!digest.equals(manifest.getDigest())
          || !contents.isComplete()
          || contents.deadLetters().size() != manifest.getDeadLettered()) {
        throw new ArchiveException(
            "topics of recording '"
                + name
                + "': found digest "
                + digest
                + " with "
                + contents.index().size()
                + " recorded and "
                + contents.deadLetters().size()
                + " lost views, expected "
                + manifest.getDigest()
                + " with "
                + manifest.getRecorded()
                + " and "
                + manifest.getDeadLettered()
                + "; they hold something else, delete the topics or import under another name");
      }
      return manifest;
    }
  }
}
