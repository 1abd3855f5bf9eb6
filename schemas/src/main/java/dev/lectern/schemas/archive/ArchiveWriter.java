package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.ArchivePlace;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.View;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.specific.SpecificRecord;

/**
 * Writes the files of one archive. The folder appears under its name when it is complete, never
 * before.
 */
final class ArchiveWriter {
  private static final CodecFactory COMPRESSED = CodecFactory.deflateCodec(6);

  /** Pixels and payloads are compressed already. */
  private static final CodecFactory AS_IT_IS = CodecFactory.nullCodec();

  private final Path folder;
  private final Map<String, String> sums = new TreeMap<>();
  private final List<ArchivePlace> places = new ArrayList<>();
  private long position;

  private ArchiveWriter(Path folder) {
    this.folder = folder;
  }

  /** Writes what an archive consists of. */
  @FunctionalInterface
  interface Content {
    void write(ArchiveWriter files);
  }

  /** Writes the records of a file that others share. */
  @FunctionalInterface
  interface Records<T extends SpecificRecord> {
    void write(ContainerWriter<T> out);
  }

  /**
   * Writes an archive.
   *
   * @param folder is not there yet
   * @param bytes that it needs at least
   * @throws UserMistakeException if the folder exists, cannot be made, or has no room
   */
  static void write(Path folder, long bytes, Content content) {
    requireNew(folder);
    Path unfinished = ArchiveFiles.unfinished(folder);
    try {
      clear(unfinished);
      make(unfinished, folder);
      requireRoom(unfinished, bytes);
      ArchiveWriter files = new ArchiveWriter(unfinished);
      content.write(files);
      files.records(ArchiveFiles.PLACES, ArchivePlace.class, files.places);
      files.sums();
      Files.move(unfinished, folder.toAbsolutePath(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be written: " + FileError.describe(e), e);
    }
  }

  /**
   * Refuses a folder that exists, or beside which lies what no export made.
   *
   * @throws UserMistakeException if so
   */
  static void requireNew(Path folder) {
    if (Files.exists(folder)) {
      throw new UserMistakeException(
          folder + ": exists already; expected a folder that export can make");
    }
    requireOwn(ArchiveFiles.unfinished(folder));
  }

  private static void make(Path unfinished, Path folder) {
    try {
      Files.createDirectories(unfinished);
    } catch (IOException e) {
      throw new UserMistakeException(folder + ": cannot be written: " + FileError.describe(e), e);
    }
  }

  /** What an export that did not end left behind is archive files alone. */
  private static void requireOwn(Path unfinished) {
    if (!Files.exists(unfinished)) {
      return;
    }
    try (Stream<Path> files = Files.list(unfinished)) {
      if (!files.allMatch(ArchiveFiles::isOne)) {
        throw new UserMistakeException(
            unfinished + ": found files that no export made; move them, or choose another folder");
      }
    } catch (IOException e) {
      throw new UserMistakeException(unfinished + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  /** Removes what an export that did not end left behind. */
  private static void clear(Path unfinished) throws IOException {
    if (Files.isDirectory(unfinished)) {
      try (Stream<Path> files = Files.list(unfinished)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(unfinished);
    }
  }

  private static void requireRoom(Path folder, long needed) throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw new UserMistakeException(
          folder.getParent() + ": found " + free + " bytes free, expected at least " + needed);
    }
  }

  /** Writes a file of small records. */
  <T extends SpecificRecord> void records(String name, Class<T> type, Iterable<T> records) {
    try (ContainerWriter<T> out = ContainerWriter.create(folder.resolve(name), type, COMPRESSED)) {
      records.forEach(out::write);
      sums.put(name, out.finish());
    }
  }

  /** Writes a file of records each of which can be read alone. */
  <T extends SpecificRecord> void placed(String name, Class<T> type, Records<T> records) {
    try (ContainerWriter<T> out = ContainerWriter.create(folder.resolve(name), type, AS_IT_IS)) {
      position = out.endBlock();
      records.write(out);
      sums.put(name, out.finish());
    }
  }

  /** What was written since the last place is a view's. */
  void place(String file, String viewId, ContainerWriter<?> out) {
    long end = out.endBlock();
    places.add(new ArchivePlace(file, viewId, position, end - position));
    position = end;
  }

  /**
   * Writes views of a dataset, each compared with its entry.
   *
   * @param client Kafka client properties
   * @return how many
   */
  long views(
      Map<String, Object> client,
      String dataset,
      Collection<CatalogEntry> entries,
      Progress.Factory progress) {
    placed(
        ArchiveFiles.VIEWS,
        View.class,
        out -> {
          try (ViewReader reader = new ViewReader(client, dataset);
              Progress shown =
                  progress.start("export views of " + dataset, "views", entries.size())) {
            reader.scan(
                entries,
                new ViewReader.Handler() {
                  @Override
                  public void view(CatalogEntry entry, View view) {
                    out.write(view);
                    place(ArchiveFiles.VIEWS, view.getViewId(), out);
                    shown.advance(1);
                  }

                  @Override
                  public void failed(CatalogEntry entry, String at, String why) {
                    throw new ArchiveException(
                        at
                            + ": expected view "
                            + entry.getViewId()
                            + ": "
                            + why
                            + "; --without-views exports what was recorded of the others");
                  }
                });
          }
        });
    return entries.size();
  }

  /** The last file; an archive without it is not one. */
  private void sums() throws IOException {
    StringBuilder text = new StringBuilder();
    sums.forEach((name, sha256) -> text.append(sha256).append("  ").append(name).append('\n'));
    Path file = folder.resolve(ArchiveFiles.SUMS);
    Files.writeString(file, text);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
