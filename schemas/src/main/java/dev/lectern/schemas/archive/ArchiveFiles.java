package dev.lectern.schemas.archive;

import dev.lectern.schemas.record.TensorKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Names of the files of an archive. All but the last are Avro container files of one record type
 * each; the last, written when all others are complete, has the format of {@code sha256sum}.
 */
final class ArchiveFiles {
  /** One {@code RecordingManifest}. */
  static final String RECORDING = "recording.avro";

  /** One {@code DatasetManifest}. */
  static final String DATASET = "dataset.avro";

  /** An {@code IndexEntry} per recorded view, by view id. */
  static final String INDEX = "index.avro";

  /** A {@code DeadLetter} per view given up, by view id. */
  static final String DEAD_LETTERS = "dead-letters.avro";

  /** A {@code CatalogEntry} per view of the dataset, by view id. */
  static final String CATALOG = "catalog.avro";

  /** A {@code View} per view of the dataset, in log order; may be left out. */
  static final String VIEWS = "views.avro";

  /**
   * An {@code ArchivePlace} per view and file of views or payloads, so that one can be read alone.
   */
  static final String PLACES = "places.avro";

  static final String SUMS = "SHA256SUMS";

  private ArchiveFiles() {}

  /** {@code TeacherTensors} of one kind, payload after payload in log order, chunks in order. */
  static String payloads(TensorKind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".avro";
  }

  /** Whether a file has a name that an archive's file may have. */
  static boolean isOne(Path file) {
    String name = file.getFileName().toString();
    return List.of(RECORDING, DATASET, INDEX, DEAD_LETTERS, CATALOG, VIEWS, PLACES, SUMS)
            .contains(name)
        || Stream.of(TensorKind.values()).map(ArchiveFiles::payloads).anyMatch(name::equals);
  }

  /** Where an archive is written until it is complete. */
  static Path unfinished(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    return absolute.resolveSibling("." + absolute.getFileName() + ".unfinished");
  }
}
