package dev.lectern.schemas.archive;

import dev.lectern.schemas.archive.ErasureFolder.Kept;
import dev.lectern.schemas.archive.ErasureFolder.Note;
import dev.lectern.schemas.archive.ErasureFolder.Stage;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.Catalog;
import dev.lectern.schemas.log.DatasetDeletion;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.RecordingDeletion;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.topic.TopicCreation;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;

/**
 * Takes images out of a dataset, all its versions and all their recordings.
 *
 * <p>A log cannot forget one record: segments hold it until they are deleted, and compaction comes
 * when it comes. So what stays is written to a folder, all topics are deleted, and what stays comes
 * back under the same names, each with a new seal and digest. The order makes an interruption
 * harmless: topics are deleted after the folder is complete, and the folder after everything was
 * read back from the broker. Given again with the same folder, the work goes on.
 */
public final class Erasure {
  private final Map<String, Object> client;
  private final Progress.Factory progress;
  private final LocalState state;

  /** What this machine keeps of recordings beside the broker. */
  @FunctionalInterface
  public interface LocalState {
    /**
     * Deletes it, if there is any.
     *
     * @param receiptsTopic id of the topic of receipts, which is gone
     */
    void delete(String recording, Uuid receiptsTopic);
  }

  /**
   * What is left.
   *
   * @param erased views that are gone
   * @param datasets digests of the dataset and its versions by name
   * @param recordings digests by name
   */
  public record Remains(
      long erased, SortedMap<String, String> datasets, SortedMap<String, String> recordings) {}

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param progress shows views, recordings and payloads
   */
  public Erasure(Map<String, ?> client, Progress.Factory progress, LocalState state) {
    this.client = new HashMap<>(client);
    this.progress = progress;
    this.state = state;
  }

  /**
   * Erases; nobody may publish, record or train meanwhile.
   *
   * @param dataset any of its versions
   * @param images their ids
   * @param where folder for what stays, as long as it takes; made where it is missing
   * @throws UserMistakeException if there is no such dataset or image, something is not sealed, or
   *     the folder is that of another erasure
   * @throws ArchiveException if something is damaged
   */
  public Remains run(String dataset, Set<String> images, Path where) throws InterruptedException {
    ErasureFolder folder = new ErasureFolder(where);
    Optional<Note> begun = folder.note().filter(note -> note.stage() != Stage.WRITING);
    Note note = begun.isPresent() ? begun.get() : write(dataset, images, folder);
    requireSame(folder, note, dataset, images);
    if (note.stage() == Stage.WRITTEN) {
      replace(folder, note);
      folder.write(note.restored());
    }
    folder.remove();
    return new Remains(note.erased(), digests(note.datasets()), digests(note.recordings()));
  }

  private static SortedMap<String, String> digests(List<Kept> kept) {
    SortedMap<String, String> digests = new TreeMap<>();
    kept.forEach(each -> digests.put(each.name(), each.after()));
    return digests;
  }

  /** Writes what stays. */
  private Note write(String dataset, Set<String> images, ErasureFolder folder)
      throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client);
        Admin admin = Admin.create(client)) {
      manifests.requireDataset(dataset);
      List<DatasetManifest> versions = manifests.versions(dataset);
      versions.forEach(version -> requireSealed("dataset", version.getName(), version.getState()));
      List<RecordingManifest> recordings = recordings(manifests, dataset);
      recordings.forEach(each -> requireSealed("recording", each.getName(), each.getState()));
      DatasetManifest newest = versions.get(versions.size() - 1);
      SortedMap<String, CatalogEntry> all = Catalog.read(client, newest);
      ErasedViews.requireShown(newest.getName(), all, images);
      folder.requireFree();
      ErasedViews erased = ErasedViews.find(client, newest.getName(), all, images, progress);
      Note note =
          new Note(
              Stage.WRITING,
              cluster(admin),
              Topics.firstVersion(dataset),
              List.copyOf(new TreeSet<>(images)),
              partitions(admin, dataset),
              erased.count(),
              List.of(),
              List.of());
      Map<String, DatasetManifest> remaining = new HashMap<>();
      for (DatasetManifest version : versions) {
        remaining.put(version.getName(), erased.without(version, Catalog.read(client, version)));
      }
      folder.start(note);
      List<Kept> keptDatasets = new ArrayList<>();
      SortedMap<String, CatalogEntry> earlier = new TreeMap<>();
      for (DatasetManifest version : versions) {
        DatasetManifest left = remaining.get(version.getName());
        SortedMap<String, CatalogEntry> own = erased.without(Catalog.read(client, version));
        own.keySet().removeAll(earlier.keySet());
        earlier.putAll(own);
        Kept kept =
            new Kept(
                version.getName(),
                "dataset-" + keptDatasets.size(),
                version.getDigest(),
                left.getDigest(),
                "");
        keptDatasets.add(kept);
        DatasetArchive.write(client, left, own.values(), folder.archive(kept), progress);
      }
      List<Kept> keptRecordings = new ArrayList<>();
      for (RecordingManifest recording : recordings) {
        RecordingContents contents =
            erased.without(
                RecordingContents.read(
                    client, recording, manifests.requireDataset(recording.getDataset())));
        RecordingManifest left = ErasedViews.sealed(recording, contents);
        Kept kept =
            new Kept(
                recording.getName(),
                "recording-" + keptRecordings.size(),
                recording.getDigest(),
                left.getDigest(),
                TopicCreation.id(admin, Topics.receipts(recording.getName()).name())
                    .map(Uuid::toString)
                    .orElse(""));
        keptRecordings.add(kept);
        new RecordingExport(client, progress)
            .export(
                left,
                remaining.get(recording.getDataset()),
                contents,
                folder.archive(kept),
                RecordingExport.Views.LEFT_OUT);
      }
      Note written = note.written(keptDatasets, keptRecordings);
      folder.write(written);
      return written;
    }
  }

  private static List<RecordingManifest> recordings(ManifestStore manifests, String dataset) {
    return manifests.recordings().stream()
        .filter(
            recording ->
                Topics.firstVersion(recording.getDataset()).equals(Topics.firstVersion(dataset)))
        .toList();
  }

  private static void requireSealed(String what, String name, State state) {
    if (state != State.SEALED) {
      throw new UserMistakeException(
          what
              + " '"
              + name
              + "' is open; expected everything of the dataset sealed: finish it, or delete it");
    }
  }

  private static int partitions(Admin admin, String dataset) throws InterruptedException {
    String catalog = Topics.catalog(dataset).name();
    return TopicCreation.partitions(admin, List.of(catalog)).get(catalog);
  }

  private static String cluster(Admin admin) throws InterruptedException {
    try {
      return admin.describeCluster().clusterId().get();
    } catch (ExecutionException e) {
      throw new KafkaException(
          "the cluster cannot be described: " + e.getCause().getMessage(), e.getCause());
    }
  }

  private static void requireSame(
      ErasureFolder folder, Note note, String dataset, Set<String> images) {
    if (!note.dataset().equals(Topics.firstVersion(dataset))
        || !Set.copyOf(note.images()).equals(images)) {
      throw new UserMistakeException(
          folder
              + ": found what stays of an interrupted '"
              + note.command()
              + "'; give that command again to finish it, or name another folder");
    }
  }

  /** Deletes the topics of all that is kept, and brings back what stays. */
  private void replace(ErasureFolder folder, Note note) throws InterruptedException {
    // everything opens before anything is deleted
    List<DatasetArchive> datasets =
        note.datasets().stream().map(kept -> DatasetArchive.open(folder.archive(kept))).toList();
    note.recordings().forEach(kept -> RecordingArchive.open(folder.archive(kept)));
    try (ManifestStore manifests = new ManifestStore(client)) {
      requireNothingElse(folder, note, manifests);
      try (Progress shown =
          progress.start("delete " + note.dataset(), "recordings", note.recordings().size())) {
        for (Kept recording : note.recordings()) {
          delete(recording);
          shown.advance(1);
        }
        DatasetDeletion.delete(client, note.dataset());
      }
      for (DatasetArchive archive : datasets) {
        new DatasetImport(client, progress, manifests).run(archive, note.partitions());
      }
    }
    for (Kept recording : note.recordings()) {
      new RecordingImport(client, progress).run(folder.archive(recording), note.partitions());
    }
  }

  /** The broker has nothing of the dataset but what was written to the folder. */
  private void requireNothingElse(ErasureFolder folder, Note note, ManifestStore manifests)
      throws InterruptedException {
    try (Admin admin = Admin.create(client)) {
      if (!cluster(admin).equals(note.cluster())) {
        throw new UserMistakeException(
            folder
                + ": found an interrupted '"
                + note.command()
                + "' of another Kafka cluster, "
                + note.cluster()
                + "; finish it there, or name another folder");
      }
    }
    for (DatasetManifest found : manifests.versions(note.dataset())) {
      requireKnown(folder, note, "dataset", found.getName(), found.getDigest(), note.datasets());
    }
    for (RecordingManifest found : recordings(manifests, note.dataset())) {
      requireKnown(
          folder, note, "recording", found.getName(), found.getDigest(), note.recordings());
    }
  }

  private static void requireKnown(
      ErasureFolder folder, Note note, String what, String name, String digest, List<Kept> kept) {
    boolean known =
        kept.stream()
            .filter(each -> each.name().equals(name))
            .anyMatch(each -> each.before().equals(digest) || each.after().equals(digest));
    if (!known) {
      throw new UserMistakeException(
          what
              + " '"
              + name
              + "': came after the interrupted '"
              + note.command()
              + "', whose folder "
              + folder
              + " does not hold it; delete it and give the command again");
    }
  }

  /** Deletes what an earlier attempt left of a recording. */
  private void delete(Kept recording) throws InterruptedException {
    try {
      RecordingDeletion.delete(client, recording.name());
    } catch (UserMistakeException e) {
      // An earlier attempt deleted it.
    }
    if (!recording.receiptsTopic().isEmpty()) {
      state.delete(recording.name(), Uuid.fromString(recording.receiptsTopic()));
    }
  }
}
