package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadChunks;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.ArchivePlace;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.specific.SpecificRecord;

/**
 * Writes a sealed recording, and the views it is of, as a folder of Avro container files.
 *
 * <p>What is written is the logical content: of each view the payloads that its receipt names, each
 * compared with the receipt's SHA-256, and of each kind in log order. Duplicates and orphans of
 * killed workers stay behind. The folder appears under its name when it is complete, never before.
 */
public final class RecordingExport {
  private static final CodecFactory COMPRESSED = CodecFactory.deflateCodec(6);

  /** Pixels and payloads are compressed already. */
  private static final CodecFactory AS_IT_IS = CodecFactory.nullCodec();

  private final Map<String, Object> client;
  private final Progress.Factory progress;

  /** What becomes of the dataset's views. */
  public enum Views {
    /** They are part of the archive, which then needs nothing else. */
    INCLUDED,
    /** They are left out; the dataset must be on the broker that the archive is read into. */
    LEFT_OUT
  }

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param progress shows views, then payloads
   */
  public RecordingExport(Map<String, ?> client, Progress.Factory progress) {
    this.client = new HashMap<>(client);
    this.progress = progress;
  }

  /**
   * Writes the archive.
   *
   * @param folder is not there yet
   * @throws UserMistakeException if the recording does not exist or is open, or the folder exists
   * @throws CorruptRecordingException if catalog or index are not what was sealed
   * @throws ArchiveException if a view or payload is not what they say
   */
  public ArchiveSummary export(String recording, Path folder, Views views) {
    if (Files.exists(folder)) {
      throw new UserMistakeException(
          folder + ": exists already; expected a folder that export can make");
    }
    Path unfinished = ArchiveFiles.unfinished(folder);
    requireOwn(unfinished);
    RecordingManifest manifest;
    DatasetManifest dataset;
    try (ManifestStore manifests = new ManifestStore(client)) {
      manifest = manifests.requireRecording(recording);
      if (manifest.getState() != State.SEALED) {
        throw new UserMistakeException(
            "recording '" + recording + "' is open; only a sealed recording can be exported");
      }
      dataset = manifests.requireDataset(manifest.getDataset());
    }
    RecordingContents contents = RecordingContents.read(client, manifest, dataset);

    try {
      clear(unfinished);
      make(unfinished, folder);
      requireRoom(unfinished, contents, views);
      Run run = new Run(manifest, contents, unfinished);
      run.write(dataset, views);
      Files.move(unfinished, folder.toAbsolutePath(), StandardCopyOption.ATOMIC_MOVE);
      return run.summary();
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be written: " + FileError.describe(e), e);
    }
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

  private static void requireRoom(Path folder, RecordingContents contents, Views views)
      throws IOException {
    long needed = contents.bytesPerKind().values().stream().mapToLong(Long::longValue).sum();
    if (views == Views.INCLUDED) {
      needed += contents.views().values().stream().mapToLong(CatalogEntry::getPixelBytes).sum();
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw new UserMistakeException(
          folder.getParent() + ": found " + free + " bytes free, expected at least " + needed);
    }
  }

  private final class Run {
    private final RecordingManifest manifest;
    private final RecordingContents contents;
    private final Path folder;
    private final Map<String, String> sums = new TreeMap<>();
    private final List<ArchivePlace> places = new ArrayList<>();
    private long position;
    private long views;
    private long payloads;
    private long payloadBytes;

    Run(RecordingManifest manifest, RecordingContents contents, Path folder) {
      this.manifest = manifest;
      this.contents = contents;
      this.folder = folder;
    }

    ArchiveSummary summary() {
      return new ArchiveSummary(
          manifest.getName(),
          manifest.getDataset(),
          views,
          payloads,
          payloadBytes,
          manifest.getDigest());
    }

    void write(DatasetManifest dataset, Views which) throws IOException {
      file(ArchiveFiles.RECORDING, RecordingManifest.class, List.of(manifest));
      file(ArchiveFiles.DATASET, DatasetManifest.class, List.of(dataset));
      file(ArchiveFiles.INDEX, IndexEntry.class, contents.index().values());
      file(ArchiveFiles.DEAD_LETTERS, DeadLetter.class, letters());
      file(ArchiveFiles.CATALOG, CatalogEntry.class, contents.views().values());
      if (which == Views.INCLUDED) {
        views();
      }
      payloads();
      file(ArchiveFiles.PLACES, ArchivePlace.class, places);
      sums();
    }

    /** Each with its view, also where the record was unreadable. */
    private List<DeadLetter> letters() {
      return contents.deadLetters().entrySet().stream()
          .map(e -> DeadLetter.newBuilder(e.getValue()).setViewId(e.getKey()).build())
          .toList();
    }

    private <T extends SpecificRecord> void file(String name, Class<T> type, Iterable<T> records) {
      try (ContainerWriter<T> out =
          ContainerWriter.create(folder.resolve(name), type, COMPRESSED)) {
        records.forEach(out::write);
        sums.put(name, out.finish());
      }
    }

    private void views() {
      try (ContainerWriter<View> out =
              ContainerWriter.create(folder.resolve(ArchiveFiles.VIEWS), View.class, AS_IT_IS);
          ViewReader reader = new ViewReader(client, manifest.getDataset());
          Progress shown =
              progress.start(
                  "export views of " + manifest.getDataset(), "views", contents.views().size())) {
        begin(out);
        reader.scan(
            contents.views().values(),
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
        views = out.records();
        sums.put(ArchiveFiles.VIEWS, out.finish());
      }
    }

    private void payloads() {
      List<Receipt> receipts =
          contents.index().values().stream().map(IndexEntry::getReceipt).toList();
      long total = (long) receipts.size() * manifest.getEncodings().size();
      try (PayloadReader reader = new PayloadReader(client, manifest.getName());
          Progress shown = progress.start("export " + manifest.getName(), "payloads", total)) {
        for (KindEncoding encoding : manifest.getEncodings()) {
          TensorKind kind = encoding.getKind();
          String name = ArchiveFiles.payloads(kind);
          try (ContainerWriter<TeacherTensors> out =
              ContainerWriter.create(folder.resolve(name), TeacherTensors.class, AS_IT_IS)) {
            begin(out);
            reader.scan(
                receipts,
                kind,
                (receipt, location, payload) -> {
                  write(out, receipt, location, payload);
                  place(name, receipt.getViewId(), out);
                  shown.advance(1);
                });
            sums.put(name, out.finish());
          }
        }
      }
    }

    private void begin(ContainerWriter<?> out) {
      position = out.endBlock();
    }

    /** What was written since the last place is a view's. */
    private void place(String file, String viewId, ContainerWriter<?> out) {
      long end = out.endBlock();
      places.add(new ArchivePlace(file, viewId, position, end - position));
      position = end;
    }

    private void write(
        ContainerWriter<TeacherTensors> out,
        Receipt receipt,
        PayloadLocation location,
        ByteBuffer payload) {
      if (!Sha256.of(payload).equals(location.getSha256())) {
        throw new ArchiveException(
            location.getTopic()
                + "-"
                + location.getPartition()
                + "@"
                + location.getOffsets()
                + ": payload of view "
                + receipt.getViewId()
                + " has another SHA-256 than its receipt says");
      }
      TeacherTensors whole =
          TeacherTensors.newBuilder()
              .setViewId(receipt.getViewId())
              .setTeacherId(receipt.getTeacherId())
              .setKind(location.getKind())
              .setPixelsSha256(receipt.getPixelsSha256())
              .setAttemptId(receipt.getAttemptId())
              .setPayloadBytes(payload.remaining())
              .setPayloadCrc32c(location.getCrc32c())
              .setPayload(payload.slice())
              .build();
      PayloadChunks.of(whole).forEach(out::write);
      payloads++;
      payloadBytes += payload.remaining();
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
}
