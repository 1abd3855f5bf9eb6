package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.WholeFile;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

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
  /**
   * Says that a folder holds everything that stays: partitions, what is erased, and a line per
   * archive in the order of import.
   */
  private static final String COMPLETE = "complete.txt";

  /** Says that a folder is an erasure's, so that no other is ever cleared. */
  private static final String STARTED = "erase.txt";

  private final Map<String, Object> client;
  private final Progress.Factory progress;

  /**
   * What is left.
   *
   * @param erased views that are gone; 0 where an earlier attempt counted them
   * @param datasets digests of the dataset and its versions by name
   * @param recordings digests by name
   */
  public record Remains(
      long erased, SortedMap<String, String> datasets, SortedMap<String, String> recordings) {}

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param progress shows views, then payloads
   */
  public Erasure(Map<String, ?> client, Progress.Factory progress) {
    this.client = new HashMap<>(client);
    this.progress = progress;
  }

  /** The recordings of a dataset and its versions, by name. */
  public List<String> recordings(String dataset) {
    try (ManifestStore manifests = new ManifestStore(client)) {
      return recordings(manifests, dataset).stream().map(RecordingManifest::getName).toList();
    }
  }

  /**
   * Erases; nobody may publish, record or train meanwhile.
   *
   * @param dataset any of its versions
   * @param images their ids
   * @param folder for what stays, as long as it takes; made where it is missing
   * @throws UserMistakeException if there is no such dataset or image, or something is not sealed
   * @throws ArchiveException if something is damaged
   */
  public Remains run(String dataset, Set<String> images, Path folder) throws InterruptedException {
    long erased = Files.exists(folder.resolve(COMPLETE)) ? 0 : write(dataset, images, folder);
    List<String> lines = read(folder.resolve(COMPLETE));
    requireSame(folder, lines.get(1), what(dataset, images));
    int partitions = Integer.parseInt(lines.get(0));
    List<Path> datasets = folders(folder, lines, "dataset ");
    List<Path> recordings = folders(folder, lines, "recording ");
    // everything opens before anything is deleted
    datasets.forEach(DatasetArchive::open);
    for (String recording :
        recordings.stream()
            .map(each -> RecordingArchive.open(each).recording().getName())
            .toList()) {
      deleteRecording(recording);
    }
    DatasetDeletion.delete(client, dataset);
    SortedMap<String, String> ofDatasets = new TreeMap<>();
    SortedMap<String, String> ofRecordings = new TreeMap<>();
    try (ManifestStore manifests = new ManifestStore(client)) {
      for (Path each : datasets) {
        DatasetArchive archive = DatasetArchive.open(each);
        new DatasetImport(client, progress, manifests).run(archive, partitions);
        ofDatasets.put(archive.dataset().getName(), archive.dataset().getDigest());
      }
    }
    for (Path each : recordings) {
      ArchiveSummary back = new RecordingImport(client, progress).run(each, partitions);
      ofRecordings.put(back.recording(), back.digest());
    }
    delete(folder.resolve(COMPLETE));
    clear(folder);
    return new Remains(erased, ofDatasets, ofRecordings);
  }

  private static String what(String dataset, Set<String> images) {
    return Topics.firstVersion(dataset) + " --images " + String.join(",", new TreeSet<>(images));
  }

  private static List<RecordingManifest> recordings(ManifestStore manifests, String dataset) {
    return manifests.recordings().stream()
        .filter(
            recording ->
                Topics.firstVersion(recording.getDataset()).equals(Topics.firstVersion(dataset)))
        .toList();
  }

  private void deleteRecording(String name) throws InterruptedException {
    try {
      RecordingDeletion.delete(client, name);
    } catch (UserMistakeException e) {
      // An earlier attempt deleted it.
    }
  }

  /** Writes what stays; returns how many views do not. */
  private long write(String dataset, Set<String> images, Path folder) throws InterruptedException {
    try (ManifestStore manifests = new ManifestStore(client)) {
      manifests.requireDataset(dataset);
      List<DatasetManifest> versions = manifests.versions(dataset);
      versions.forEach(version -> requireSealed("dataset", version.getName(), version.getState()));
      List<RecordingManifest> recordings = recordings(manifests, dataset);
      recordings.forEach(each -> requireSealed("recording", each.getName(), each.getState()));
      start(folder, what(dataset, images));
      DatasetManifest newest = versions.get(versions.size() - 1);
      ErasedViews erased =
          ErasedViews.find(
              client, newest.getName(), Catalog.read(client, newest), images, progress);
      List<String> lines =
          new ArrayList<>(List.of(String.valueOf(partitions(dataset)), what(dataset, images)));
      Map<String, DatasetManifest> remaining = new HashMap<>();
      SortedMap<String, CatalogEntry> earlier = new TreeMap<>();
      for (DatasetManifest version : versions) {
        SortedMap<String, CatalogEntry> catalog = Catalog.read(client, version);
        DatasetManifest kept = erased.without(version, catalog);
        remaining.put(version.getName(), kept);
        SortedMap<String, CatalogEntry> own = erased.without(catalog);
        own.keySet().removeAll(earlier.keySet());
        earlier.putAll(own);
        lines.add("dataset " + lines.size());
        DatasetArchive.write(client, kept, own.values(), last(folder, lines), progress);
      }
      for (RecordingManifest recording : recordings) {
        RecordingContents kept =
            erased.without(
                RecordingContents.read(
                    client, recording, manifests.requireDataset(recording.getDataset())));
        lines.add("recording " + lines.size());
        new RecordingExport(client, progress)
            .export(
                ErasedViews.sealed(recording, kept),
                remaining.get(recording.getDataset()),
                kept,
                last(folder, lines),
                RecordingExport.Views.LEFT_OUT);
      }
      complete(folder, lines);
      return erased.count();
    }
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

  private int partitions(String dataset) throws InterruptedException {
    String catalog = Topics.catalog(dataset).name();
    try (Admin admin = Admin.create(client)) {
      return TopicCreation.partitions(admin, List.of(catalog)).get(catalog);
    }
  }

  /** Takes an empty folder, or one that an attempt left behind before it touched any topic. */
  private static void start(Path folder, String what) {
    try {
      if (Files.exists(folder.resolve(STARTED))) {
        clear(folder);
      }
      Files.createDirectories(folder);
      try (Stream<Path> found = Files.list(folder)) {
        Optional<Path> other = found.findFirst();
        if (other.isPresent()) {
          throw new UserMistakeException(
              folder
                  + ": found "
                  + other.get().getFileName()
                  + ", expected an empty or new folder");
        }
      }
      WholeFile.write(
          folder.resolve(STARTED), temporary -> Files.writeString(temporary, what + "\n"));
    } catch (IOException e) {
      throw new UserMistakeException(folder + ": cannot be used: " + FileError.describe(e), e);
    }
  }

  private static void requireSame(Path folder, String found, String expected) {
    if (!found.equals(expected)) {
      throw new UserMistakeException(
          folder
              + ": found what stays of an interrupted 'erase "
              + found
              + "', expected that of 'erase "
              + expected
              + "'; give that command again to finish it, or name another folder");
    }
  }

  private static Path last(Path folder, List<String> lines) {
    return folder(folder, lines.get(lines.size() - 1));
  }

  private static Path folder(Path folder, String line) {
    return folder.resolve(line.replace(' ', '-'));
  }

  private static List<Path> folders(Path folder, List<String> lines, String what) {
    return lines.stream()
        .filter(line -> line.startsWith(what))
        .map(line -> folder(folder, line))
        .toList();
  }

  private static void complete(Path folder, List<String> lines) {
    try {
      WholeFile.write(folder.resolve(COMPLETE), temporary -> Files.write(temporary, lines));
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be written: " + FileError.describe(e), e);
    }
  }

  private static List<String> read(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + FileError.describe(e), e);
    }
  }

  /** Removes a folder of ours with all that is in it. */
  private static void clear(Path folder) {
    try (Stream<Path> each = Files.walk(folder)) {
      each.sorted(Comparator.reverseOrder()).forEach(Erasure::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be removed: " + FileError.describe(e), e);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(path + " cannot be removed: " + FileError.describe(e), e);
    }
  }
}
