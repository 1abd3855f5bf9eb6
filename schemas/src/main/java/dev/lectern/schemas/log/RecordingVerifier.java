package dev.lectern.schemas.log;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.Verification.Failure;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
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
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.tensor.UnsupportedTensorVersionException;
import dev.lectern.schemas.topic.RecordingTopics;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Reads a whole recording back and compares everything that is stated twice.
 *
 * <p>That is all that a student reads. Payloads come in log order, partition by partition: each is
 * compared with its receipt (CRC32C, SHA-256, chunks, view, teacher, attempt, pixel digest), its
 * tensors are decoded and compared with the descriptor; receipts are compared with the catalog, the
 * pixels of each view with their digest, counts and digests with the manifests.
 */
public final class RecordingVerifier {
  private final Map<String, Object> client;
  private final Progress.Factory progress;

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param progress shows payloads, then views
   */
  public RecordingVerifier(Map<String, ?> client, Progress.Factory progress) {
    this.client = new HashMap<>(client);
    this.progress = progress;
  }

  /**
   * Verifies a sealed recording, or of an open one what is indexed at this moment.
   *
   * @return all that was found; a failure never ends the run early
   */
  public Verification verify(RecordingManifest manifest) {
    DatasetManifest dataset;
    DatasetManifest newest;
    List<String> notes = new ArrayList<>();
    try (ManifestStore manifests = new ManifestStore(client)) {
      dataset = manifests.requireDataset(manifest.getDataset());
      newest = newestVersion(manifests, dataset);
      note(notes, manifests.passedOver());
    }
    RecordingContents contents =
        RecordingContents.readUnchecked(client, manifest, dataset, manifest.getEndOffsets());
    notes.addAll(strays(Topics.catalog(newest.getName()), newest.getEndOffsets()));
    notes.addAll(strays(Topics.index(manifest.getName()), manifest.getEndOffsets()));
    notes.addAll(strays(Topics.receipts(manifest.getName()), Map.of()));
    notes.addAll(strays(Topics.deadLetters(manifest.getName()), Map.of()));
    Set<TensorKind> unrecorded = EnumSet.allOf(TensorKind.class);
    manifest.getEncodings().forEach(encoding -> unrecorded.remove(encoding.getKind()));
    unrecorded.forEach(
        kind -> notes.addAll(strays(Topics.tensors(manifest.getName(), kind), Map.of())));
    notes.addAll(retention(manifest));
    Run run = new Run(manifest, dataset, contents, notes);
    run.manifest();
    run.receipts();
    run.payloads();
    run.pixels();
    return new Verification(
        manifest.getName(),
        contents.index().size(),
        run.payloads,
        run.payloadBytes,
        run.pixels,
        contents.digest(manifest),
        List.copyOf(run.failures),
        List.copyOf(notes));
  }

  /** What the topics of a dataset hold to their end. */
  static DatasetManifest newestVersion(ManifestStore manifests, DatasetManifest dataset) {
    List<DatasetManifest> versions = manifests.versions(dataset.getName());
    return versions.isEmpty() ? dataset : versions.get(versions.size() - 1);
  }

  private List<String> retention(RecordingManifest manifest) {
    try (Admin admin = Admin.create(client)) {
      return RecordingTopics.deleting(admin, manifest.getName(), manifest.getDataset()).stream()
          .map(difference -> "warning: " + difference.warning())
          .toList();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static void note(List<String> notes, PassedOver passedOver) {
    passedOver.first().forEach(found -> notes.add("passed over " + found));
    long more = passedOver.count() - passedOver.first().size();
    if (more > 0) {
      notes.add("passed over " + more + " more records of the same topic");
    }
  }

  /** What lies on a topic, up to its present end, that is no part of recording or dataset. */
  private <V> List<String> strays(Topic<String, V> topic, Map<String, Long> ends) {
    List<String> notes = new ArrayList<>();
    SortedMap<String, Long> behind = new TreeMap<>();
    try (TopicTail<String, V> tail = new TopicTail<>(client, topic)) {
      tail.readToEnd(
          record -> {
            String partition = topic.name() + "-" + record.partition();
            if (record.offset() >= ends.getOrDefault(partition, Long.MAX_VALUE)) {
              behind.merge(partition, 1L, Long::sum);
            }
            record.key();
            record.value();
          });
      note(notes, tail.passedOver());
    }
    behind.forEach(
        (partition, records) ->
            notes.add(
                "passed over "
                    + records
                    + " records of "
                    + partition
                    + " from its sealed end "
                    + ends.get(partition)
                    + " on; before compaction erases what was sealed under their keys: lectern"
                    + " recordings repair"));
    return notes;
  }

  private final class Run {
    private final RecordingManifest manifest;
    private final DatasetManifest dataset;
    private final RecordingContents contents;
    private final List<Failure> failures = new ArrayList<>();
    private final List<String> notes;
    private long payloads;
    private long payloadBytes;
    private long pixels;

    Run(
        RecordingManifest manifest,
        DatasetManifest dataset,
        RecordingContents contents,
        List<String> notes) {
      this.manifest = manifest;
      this.dataset = dataset;
      this.contents = contents;
      this.notes = notes;
    }

    void manifest() {
      if (dataset.getState() == State.SEALED) {
        compare(
            "digest of the catalog",
            DatasetDigest.ofCatalog(contents.views()),
            dataset.getDigest());
      }
      if (manifest.getState() != State.SEALED) {
        return;
      }
      compare("expected views", (long) contents.views().size(), manifest.getExpected());
      compare("recorded views", (long) contents.index().size(), manifest.getRecorded());
      compare(
          "dead-lettered views", (long) contents.deadLetters().size(), manifest.getDeadLettered());
      compare("bytes per kind", contents.bytesPerKind(), manifest.getBytesPerKind());
      compare("digest", contents.digest(manifest), manifest.getDigest());
    }

    private void compare(String what, Object found, Object stated) {
      if (!found.equals(stated)) {
        failures.add(
            new Failure(null, null, null, what + ": found " + found + ", manifest says " + stated));
      }
    }

    void receipts() {
      for (Map.Entry<String, IndexEntry> indexed : contents.index().entrySet()) {
        IndexEntry entry = indexed.getValue();
        String viewId = indexed.getKey();
        CatalogEntry view = contents.views().get(viewId);
        if (!entry.getReceipt().getViewId().equals(viewId)
            || !entry.getView().getViewId().equals(viewId)) {
          fail(viewId, "index entry is of view " + entry.getReceipt().getViewId());
        } else if (view == null) {
          fail(viewId, "is not in the catalog of " + manifest.getDataset());
        } else if (!entry.getReceipt().getPixelsSha256().equals(view.getPixelsSha256())
            || !entry.getView().getPixelsSha256().equals(view.getPixelsSha256())) {
          fail(viewId, "pixel digest differs from the catalog's");
        }
        if (!entry.getReceipt().getTeacherId().equals(manifest.getTeacherId())) {
          fail(
              viewId,
              "found teacher "
                  + entry.getReceipt().getTeacherId()
                  + ", expected "
                  + manifest.getTeacherId());
        }
      }
    }

    private void fail(String viewId, String what) {
      failures.add(new Failure(viewId, null, null, what));
    }

    void payloads() {
      List<Receipt> receipts =
          contents.index().values().stream().map(IndexEntry::getReceipt).toList();
      long total = (long) receipts.size() * manifest.getEncodings().size();
      try (PayloadReader reader = new PayloadReader(client, manifest.getName());
          Progress shown = progress.start("verify " + manifest.getName(), "payloads", total)) {
        for (KindEncoding encoding : manifest.getEncodings()) {
          Check check = new Check(encoding, shown);
          reader.scanTopic(receipts, encoding.getKind(), check);
          note(notes, check.passedOver);
        }
      }
    }

    /** Checks the payloads of one kind. */
    private final class Check implements PayloadReader.Handler {
      private final KindEncoding encoding;
      private final Map<String, List<Integer>> layout;
      private final Progress shown;
      private final PassedOver passedOver = new PassedOver();

      Check(KindEncoding encoding, Progress shown) {
        this.encoding = encoding;
        this.layout = TensorLayout.shapes(manifest.getDescriptor(), encoding.getKind());
        this.shown = shown;
      }

      @Override
      public void payload(Receipt receipt, PayloadLocation location, ByteBuffer payload) {
        String fault = fault(location, payload);
        if (fault == null) {
          payloads++;
          payloadBytes += payload.remaining();
        } else {
          failures.add(new Failure(receipt.getViewId(), location.getKind(), at(location), fault));
        }
        done();
      }

      @Override
      public void failed(Receipt receipt, TensorKind kind, PayloadException why) {
        String at =
            receipt.getPayloads().stream()
                .filter(location -> location.getKind() == kind)
                .findFirst()
                .map(Run::at)
                .orElse(null);
        failures.add(new Failure(receipt.getViewId(), kind, at, why.getMessage()));
        done();
      }

      @Override
      public void unclaimed(LogRecord<String, TeacherTensors> record) {
        passedOver.addUnlessDecodes(record);
      }

      @Override
      public void unclaimed(String at, String why) {
        passedOver.add(at, why);
      }

      private void done() {
        shown.advance(1);
        if (!failures.isEmpty()) {
          shown.note(failures.size() + " failures");
        }
      }

      private String fault(PayloadLocation location, ByteBuffer payload) {
        if (!Sha256.of(payload).equals(location.getSha256())) {
          return "SHA-256 differs from the receipt's";
        }
        try {
          TensorContainer container = TensorContainer.open(payload);
          Map<String, List<Integer>> found = new TreeMap<>();
          for (TensorContainer.Entry entry : container.entries()) {
            if (!entry.encoding().values().name().equals(encoding.getValues().name())) {
              return "tensor "
                  + entry.name()
                  + ": found "
                  + entry.encoding().values()
                  + ", expected "
                  + encoding.getValues();
            }
            if (!entry.positions().name().equals(encoding.getPositions().name())) {
              return "tensor "
                  + entry.name()
                  + ": found positions "
                  + entry.positions()
                  + ", expected "
                  + encoding.getPositions();
            }
            if (entry.positions() != Positions.DENSE) {
              container.positions(entry);
            }
            container.read(entry);
            found.put(entry.name(), IntStream.of(entry.shape()).boxed().toList());
          }
          return found.equals(layout)
              ? null
              : "found tensors " + found + ", expected " + new TreeMap<>(layout);
        } catch (CorruptTensorException | UnsupportedTensorVersionException e) {
          return e.getMessage();
        }
      }
    }

    private static String at(PayloadLocation location) {
      return location.getTopic()
          + "-"
          + location.getPartition()
          + "@"
          + location.getOffsets().stream().findFirst().map(String::valueOf).orElse("?");
    }

    /** Reads each view where the catalog says it lies. */
    void pixels() {
      List<CatalogEntry> views =
          contents.index().values().stream().map(IndexEntry::getView).toList();
      try (ViewReader reader = new ViewReader(client, manifest.getDataset());
          Progress shown =
              progress.start("verify pixels of " + manifest.getDataset(), "views", views.size())) {
        PassedOver passedOver = new PassedOver();
        reader.scanTopic(
            views,
            new ViewReader.Handler() {
              @Override
              public void view(CatalogEntry entry, View view) {
                pixels++;
                shown.advance(1);
              }

              @Override
              public void failed(CatalogEntry entry, String at, String why) {
                failures.add(new Failure(entry.getViewId(), null, at, why));
                shown.advance(1);
              }

              @Override
              public void unclaimed(LogRecord<String, View> record) {
                passedOver.addUnlessDecodes(record);
              }

              @Override
              public void unclaimed(String at, String why) {
                passedOver.add(at, why);
              }
            });
        note(notes, passedOver);
      }
    }
  }
}
