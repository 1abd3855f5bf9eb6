package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.DatasetDigest;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.log.TopicWriter;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.serde.Sha256;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.LabelPixels;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Brings the views of an archive to a broker that does not have their dataset.
 *
 * <p>A view's catalog entry follows its acknowledgement, the manifest follows them all; what an
 * earlier import has committed is not sent again.
 */
final class DatasetImport {
  private final Map<String, Object> client;
  private final Progress.Factory progress;
  private final ManifestStore manifests;

  DatasetImport(Map<String, Object> client, Progress.Factory progress, ManifestStore manifests) {
    this.client = client;
    this.progress = progress;
    this.manifests = manifests;
  }

  /**
   * Whether the broker has the archive's dataset.
   *
   * @throws UserMistakeException if it has another one of that name, or has none and the archive
   *     neither
   */
  boolean isThere(ViewArchive archive) {
    DatasetManifest wanted = archive.dataset();
    String name = wanted.getName();
    if (manifests.recording(name).isPresent()) {
      throw new UserMistakeException(
          "name '" + name + "' is that of a recording on this broker, expected a dataset");
    }
    Optional<DatasetManifest> present = manifests.dataset(name);
    if (present.isPresent()) {
      if (present.get().getState() != State.SEALED) {
        throw new UserMistakeException(
            "dataset '" + name + "' is being published on this broker; wait until it is sealed");
      }
      if (!present.get().getDigest().equals(wanted.getDigest())) {
        throw new UserMistakeException(
            "dataset '"
                + name
                + "' on this broker has digest "
                + present.get().getDigest()
                + ", expected the archive's "
                + wanted.getDigest());
      }
      return true;
    }
    if (!archive.hasViews()) {
      throw new UserMistakeException(
          "dataset '"
              + name
              + "' is neither on this broker nor in the archive; publish it first (digest "
              + wanted.getDigest()
              + ")");
    }
    return false;
  }

  /**
   * Brings the dataset.
   *
   * @param partitions of topics that are made
   * @return number of views in the archive
   */
  long run(ViewArchive archive, int partitions) throws InterruptedException {
    DatasetManifest wanted = archive.dataset();
    try (Admin admin = Admin.create(client)) {
      TopicCreation.ensure(admin, Topics.ofDataset(wanted.getName()), partitions);
    }
    SortedMap<String, CatalogEntry> committed = Catalog.readUnsealed(client, wanted.getName());
    long views = 0;
    try (TopicWriter writer = new TopicWriter(client);
        ContainerReader<View> in = archive.views();
        Progress shown =
            progress.start("import views of " + wanted.getName(), "views", wanted.getViews())) {
      Writing writing = new Writing(writer, wanted.getName());
      for (View view = in.next(); view != null; view = in.next()) {
        if (!Sha256.of(view.getPixels()).equals(view.getPixelsSha256())) {
          throw new ArchiveException(
              in.file() + ": view " + view.getViewId() + " has other pixels than its digest");
        }
        if (!LabelPixels.sha256(view.getLabelMap()).equals(view.getLabelMapSha256())) {
          throw new ArchiveException(
              in.file() + ": view " + view.getViewId() + " has another label map than its digest");
        }
        CatalogEntry present = committed.get(view.getViewId());
        if (present == null
            || !present.getPixelsSha256().equals(view.getPixelsSha256())
            || !present.getLabelMapSha256().equals(view.getLabelMapSha256())) {
          writing.write(view);
        }
        views++;
        shown.advance(1);
      }
      writing.finish();
    }
    SortedMap<String, Long> ends =
        TopicReader.ends(client, List.of(Topics.catalog(wanted.getName())));
    String digest = DatasetDigest.ofCatalog(Catalog.readUnsealed(client, wanted.getName()));
    if (!digest.equals(wanted.getDigest())) {
      throw new ArchiveException(
          Topics.catalog(wanted.getName()).name()
              + ": found digest "
              + digest
              + " after the import, expected "
              + wanted.getDigest()
              + "; the topic holds other views, delete the topics of this dataset first");
    }
    manifests.publish(
        new Manifest.OfDataset(DatasetManifest.newBuilder(wanted).setEndOffsets(ends).build()));
    return views;
  }

  /** Views in flight, in the order they were sent. */
  private static final class Writing {
    private final TopicWriter writer;
    private final Topic<String, View> views;
    private final Topic<String, CatalogEntry> catalog;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Map<String, CompletableFuture<RecordMetadata>> entries = new HashMap<>();

    private record Pending(CatalogEntry.Builder entry, CompletableFuture<RecordMetadata> sent) {}

    Writing(TopicWriter writer, String dataset) {
      this.writer = writer;
      this.views = Topics.views(dataset);
      this.catalog = Topics.catalog(dataset);
    }

    void write(View view) {
      CatalogEntry.Builder entry =
          CatalogEntry.newBuilder()
              .setViewId(view.getViewId())
              .setImageId(view.getImageId())
              .setViewNumber(view.getViewNumber())
              .setSplit(view.getSplit())
              .setWidth(view.getWidth())
              .setHeight(view.getHeight())
              .setPixelBytes(view.getPixels().remaining())
              .setPixelsSha256(view.getPixelsSha256())
              .setLabelMapSha256(view.getLabelMapSha256());
      pending.add(new Pending(entry, writer.send(views, view.getViewId(), view)));
      while (!pending.isEmpty() && pending.peek().sent().isDone()) {
        commit(pending.remove());
      }
    }

    private void commit(Pending view) {
      RecordMetadata at = view.sent().join();
      CatalogEntry entry = view.entry().setPartition(at.partition()).setOffset(at.offset()).build();
      entries.put(entry.getViewId(), writer.send(catalog, entry.getViewId(), entry));
    }

    void finish() {
      writer.flush();
      while (!pending.isEmpty()) {
        commit(pending.remove());
      }
      writer.flush();
      entries.values().forEach(CompletableFuture::join);
    }
  }
}
