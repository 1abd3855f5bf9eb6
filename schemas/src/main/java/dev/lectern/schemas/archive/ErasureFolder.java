package dev.lectern.schemas.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder in which an erasure keeps what stays: an archive per dataset and recording, and a note
 * of how far it came.
 *
 * <p>The note is the first file that is written and the last that goes, so no folder without one is
 * ever cleared.
 */
final class ErasureFolder {
  private static final String NOTE = "erasure.json";

  private final Path folder;

  ErasureFolder(Path folder) {
    this.folder = folder;
  }

  /** How far an erasure came. */
  enum Stage {
    /** Archives are being written; the topics are as they were. */
    WRITING,
    /** The archives are complete; topics may be gone, or back in part. */
    WRITTEN,
    /** The broker has everything that stays; the archives may be gone. */
    RESTORED
  }

  /**
   * What an erasure does, and how far it came.
   *
   * @param cluster id of the Kafka cluster
   * @param dataset the first version
   * @param images ids, in order
   * @param partitions of the dataset's topics
   * @param erased views
   * @param datasets all versions, oldest first
   * @param recordings of any version
   */
  record Note(
      Stage stage,
      String cluster,
      String dataset,
      List<String> images,
      int partitions,
      long erased,
      List<Kept> datasets,
      List<Kept> recordings) {
    Note written(List<Kept> keptDatasets, List<Kept> keptRecordings) {
      return new Note(
          Stage.WRITTEN,
          cluster,
          dataset,
          images,
          partitions,
          erased,
          keptDatasets,
          keptRecordings);
    }

    Note restored() {
      return new Note(
          Stage.RESTORED, cluster, dataset, images, partitions, erased, datasets, recordings);
    }

    /** The command that began it. */
    String command() {
      return "erase " + dataset + " --images " + String.join(",", images);
    }
  }

  /**
   * A dataset or recording of which something stays.
   *
   * @param archive name of its folder
   * @param before digest with the erased images
   * @param after digest without them
   * @param receiptsTopic id of a recording's topic of receipts; empty of a dataset
   */
  record Kept(String name, String archive, String before, String after, String receiptsTopic) {}

  /** The note; empty where no erasure began. */
  Optional<Note> note() {
    Path file = folder.resolve(NOTE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(ConfigLoader.json().readValue(Files.readAllBytes(file), Note.class));
    } catch (JsonProcessingException e) {
      throw new UserMistakeException(
          file + ": found no note of an erasure; name an empty or new folder", e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + FileError.describe(e), e);
    }
  }

  /**
   * Refuses a folder that holds anything that no erasure wrote.
   *
   * @throws UserMistakeException if so
   */
  void requireFree() {
    if (note().isPresent() || !Files.exists(folder)) {
      return;
    }
    try {
      for (Path found : files()) {
        if (!isCutOffNote(found)) {
          throw new UserMistakeException(
              folder + ": found " + found.getFileName() + ", expected an empty or new folder");
        }
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /**
   * Makes the folder, or empties that of an erasure that deleted nothing yet.
   *
   * @throws UserMistakeException if it cannot be used
   */
  void start(Note note) {
    requireFree();
    try {
      Files.createDirectories(folder);
      clear();
    } catch (IOException e) {
      throw unusable(e);
    }
    write(note);
  }

  private UserMistakeException unusable(IOException e) {
    return new UserMistakeException(folder + ": cannot be used: " + FileError.describe(e), e);
  }

  /** What {@link WholeFile} leaves of a note when the process is killed while it writes. */
  private static boolean isCutOffNote(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("." + NOTE + ".") && name.endsWith(".tmp");
  }

  void write(Note note) {
    try {
      byte[] json = ConfigLoader.json().writeValueAsBytes(note);
      WholeFile.write(folder.resolve(NOTE), temporary -> Files.write(temporary, json));
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be written: " + FileError.describe(e), e);
    }
  }

  Path archive(Kept kept) {
    return folder.resolve(kept.archive());
  }

  /** Removes the folder with all that is in it. */
  void remove() {
    try {
      clear();
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be removed: " + FileError.describe(e), e);
    }
  }

  private void clear() throws IOException {
    for (Path each : files()) {
      if (each.endsWith(NOTE)) {
        continue;
      }
      try (Stream<Path> below = Files.walk(each)) {
        for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.deleteIfExists(folder.resolve(NOTE));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      return found.toList();
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
