package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorUpgrade;
import dev.lectern.schemas.log.RecordingDigest;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.io.DatumReader;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * A complete archive: everything but pixels and payloads in memory, about 1 KB per view.
 *
 * <p>Opening it shows that files and digest of the recording agree; views and payloads show it as
 * they are read.
 */
final class RecordingArchive {
  private static final Pattern SUM = Pattern.compile("([0-9a-f]{64}) [ *]([A-Za-z0-9.-]+)");

  private final Path folder;
  private final SortedMap<String, String> sums;
  private final RecordingManifest recording;
  private final DatasetManifest dataset;
  private final SortedMap<String, IndexEntry> index;
  private final SortedMap<String, DeadLetter> deadLetters;

  private RecordingArchive(Path folder) {
    this.folder = folder;
    this.sums = sums(folder);
    this.recording = single(ArchiveFiles.RECORDING, DescriptorUpgrade.manifestReader());
    this.dataset = single(ArchiveFiles.DATASET, new SpecificDatumReader<>(DatasetManifest.class));
    this.index = byView(ArchiveFiles.INDEX, IndexEntry.class, entry -> entry.getView().getViewId());
    this.deadLetters = byView(ArchiveFiles.DEAD_LETTERS, DeadLetter.class, DeadLetter::getViewId);
  }

  /**
   * @throws UserMistakeException if the folder is not an archive, or not a complete one
   * @throws ArchiveException if it is damaged
   */
  static RecordingArchive open(Path folder) {
    RecordingArchive archive = new RecordingArchive(folder);
    RecordingManifest manifest = archive.recording;
    String digest =
        RecordingDigest.of(
            manifest.getTeacherId(), manifest.getEncodings(), archive.index.values());
    if (!digest.equals(manifest.getDigest())) {
      throw new ArchiveException(
          folder + ": the index has digest " + digest + ", expected " + manifest.getDigest());
    }
    for (KindEncoding encoding : manifest.getEncodings()) {
      archive.sum(ArchiveFiles.payloads(encoding.getKind()));
    }
    return archive;
  }

  RecordingManifest recording() {
    return recording;
  }

  DatasetManifest dataset() {
    return dataset;
  }

  /** By view id. */
  SortedMap<String, IndexEntry> index() {
    return index;
  }

  /** By view id. */
  SortedMap<String, DeadLetter> deadLetters() {
    return deadLetters;
  }

  /** The kinds of the recording, in the order of its manifest. */
  List<TensorKind> kinds() {
    return recording.getEncodings().stream().map(KindEncoding::getKind).toList();
  }

  boolean hasViews() {
    return sums.containsKey(ArchiveFiles.VIEWS);
  }

  ContainerReader<View> views() {
    return read(ArchiveFiles.VIEWS, new SpecificDatumReader<>(View.class));
  }

  /** Payloads of one kind, chunk by chunk. */
  ContainerReader<TeacherTensors> payloads(TensorKind kind) {
    return read(ArchiveFiles.payloads(kind), new SpecificDatumReader<>(TeacherTensors.class));
  }

  private <T extends SpecificRecord> T single(String name, DatumReader<T> reader) {
    try (ContainerReader<T> in = read(name, reader)) {
      return in.single();
    }
  }

  private <T extends SpecificRecord> SortedMap<String, T> byView(
      String name, Class<T> type, Function<T, String> viewId) {
    SortedMap<String, T> records = new TreeMap<>();
    try (ContainerReader<T> in = read(name, new SpecificDatumReader<>(type))) {
      for (T record = in.next(); record != null; record = in.next()) {
        records.put(viewId.apply(record), record);
      }
    }
    return records;
  }

  private <T extends SpecificRecord> ContainerReader<T> read(String name, DatumReader<T> reader) {
    return ContainerReader.open(folder.resolve(name), reader, sum(name));
  }

  private String sum(String name) {
    String sum = sums.get(name);
    if (sum == null) {
      throw new ArchiveException(folder.resolve(ArchiveFiles.SUMS) + ": found no line for " + name);
    }
    return sum;
  }

  private static SortedMap<String, String> sums(Path folder) {
    Path file = folder.resolve(ArchiveFiles.SUMS);
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException(
          folder
              + ": found no "
              + ArchiveFiles.SUMS
              + ", expected a folder that 'lectern recordings export' has completed");
    }
    SortedMap<String, String> sums = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        Matcher sum = SUM.matcher(line);
        if (!sum.matches()) {
          throw new ArchiveException(
              file + ": found '" + line + "', expected a SHA-256 and a name");
        }
        sums.put(sum.group(2), sum.group(1));
      }
    } catch (IOException e) {
      throw new ArchiveException(file + " cannot be read: " + e.getMessage(), e);
    }
    return sums;
  }
}
