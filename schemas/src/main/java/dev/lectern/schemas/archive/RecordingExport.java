package dev.lectern.schemas.archive;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadChunks;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.progress.Progress;
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
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a sealed recording, and the views it is of, as a folder of Avro container files.
 *
 * <p>What is written is the logical content: of each view the payloads that its receipt names, each
 * compared with the receipt's SHA-256, and of each kind in log order. Duplicates and orphans of
 * killed workers stay behind. The folder appears under its name when it is complete, never before.
 */
public final class RecordingExport {
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
    ArchiveWriter.requireNew(folder);
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
    return export(manifest, dataset, contents, folder, views);
  }

  /** Writes what was read of a recording already. */
  ArchiveSummary export(
      RecordingManifest manifest,
      DatasetManifest dataset,
      RecordingContents contents,
      Path folder,
      Views views) {
    long bytes = contents.bytesPerKind().values().stream().mapToLong(Long::longValue).sum();
    if (views == Views.INCLUDED) {
      bytes += contents.views().values().stream().mapToLong(CatalogEntry::getPixelBytes).sum();
    }
    Run run = new Run(manifest, contents);
    ArchiveWriter.write(folder, bytes, files -> run.write(files, dataset, views));
    return run.summary();
  }

  private final class Run {
    private final RecordingManifest manifest;
    private final RecordingContents contents;
    private long views;
    private long payloads;
    private long payloadBytes;

    Run(RecordingManifest manifest, RecordingContents contents) {
      this.manifest = manifest;
      this.contents = contents;
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

    void write(ArchiveWriter files, DatasetManifest dataset, Views which) {
      files.records(ArchiveFiles.RECORDING, RecordingManifest.class, List.of(manifest));
      files.records(ArchiveFiles.DATASET, DatasetManifest.class, List.of(dataset));
      files.records(ArchiveFiles.INDEX, IndexEntry.class, contents.index().values());
      files.records(ArchiveFiles.DEAD_LETTERS, DeadLetter.class, letters());
      files.records(ArchiveFiles.CATALOG, CatalogEntry.class, contents.views().values());
      if (which == Views.INCLUDED) {
        views = files.views(client, manifest.getDataset(), contents.views().values(), progress);
      }
      payloads(files);
    }

    /** Each with its view, also where the record was unreadable. */
    private List<DeadLetter> letters() {
      return contents.deadLetters().entrySet().stream()
          .map(e -> DeadLetter.newBuilder(e.getValue()).setViewId(e.getKey()).build())
          .toList();
    }

    private void payloads(ArchiveWriter files) {
      List<Receipt> receipts =
          contents.index().values().stream().map(IndexEntry::getReceipt).toList();
      long total = (long) receipts.size() * manifest.getEncodings().size();
      try (PayloadReader reader = new PayloadReader(client, manifest.getName());
          Progress shown = progress.start("export " + manifest.getName(), "payloads", total)) {
        for (KindEncoding encoding : manifest.getEncodings()) {
          TensorKind kind = encoding.getKind();
          String name = ArchiveFiles.payloads(kind);
          files.placed(
              name,
              TeacherTensors.class,
              out ->
                  reader.scan(
                      receipts,
                      kind,
                      (receipt, location, payload) -> {
                        write(out, receipt, location, payload);
                        files.place(name, receipt.getViewId(), out);
                        shown.advance(1);
                      }));
        }
      }
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
  }
}
