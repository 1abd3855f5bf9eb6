package dev.lectern.teacher.ledger;

import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.RecordingContents;
import dev.lectern.schemas.log.RecordingRepair;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.serde.Manifest;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a complete recording final.
 *
 * <p>The running counts only say that it is worth looking: what is sealed is counted and digested
 * anew from the committed index. Two instances that seal at once write the same content, but for
 * the time.
 */
final class Seal {
  private static final Logger LOG = LoggerFactory.getLogger(Seal.class);

  private final Map<String, Object> client;
  private final ManifestStore manifests;
  private final LedgerConfig.Empty empty;
  private String refusal;

  Seal(Map<String, Object> client, ManifestStore manifests, LedgerConfig.Empty empty) {
    this.client = client;
    this.manifests = manifests;
    this.empty = empty;
  }

  /** Why a recording that is complete was not sealed; null if that has not happened. */
  String refusal() {
    return refusal;
  }

  /**
   * Seals if the dataset is sealed and each of its views is recorded or dead-lettered.
   *
   * @return the sealed manifest, whoever sealed; empty if the recording is not complete, or holds
   *     nothing and is not to be sealed then
   */
  Optional<RecordingManifest> trySeal(RecordingManifest open, DatasetManifest dataset)
      throws InterruptedException {
    if (dataset.getState() != State.SEALED) {
      return Optional.empty();
    }
    // Letters end before the index is read and payloads after: a view that is dead-lettered and
    // recorded meanwhile is in the index, and what the index names lies before the ends.
    Map<String, Long> ends = TopicReader.ends(client, List.of(Topics.deadLetters(open.getName())));
    RecordingContents contents = RecordingContents.read(client, open, dataset, Map.copyOf(ends));
    if (!contents.isComplete()
        && RecordingRepair.rewriteOpenIndex(client, open, contents.views())) {
      LOG.warn(
          "the index was not what the receipts say and is written again recording={}",
          open.getName());
      contents = RecordingContents.read(client, open, dataset, Map.copyOf(ends));
    }
    if (!contents.isComplete() || contents.views().size() != dataset.getViews()) {
      LOG.info(
          "not sealed yet recording={} recorded={} deadLettered={} catalogued={} expected={}",
          open.getName(),
          contents.index().size(),
          contents.deadLetters().size(),
          contents.views().size(),
          dataset.getViews());
      return Optional.empty();
    }
    if (contents.index().isEmpty() && empty == LedgerConfig.Empty.KEEP_OPEN) {
      refuse(open.getName(), contents);
      return Optional.empty();
    }
    contents
        .indexEnds()
        .forEach(
            (partition, end) ->
                ends.put(Topics.index(open.getName()).name() + "-" + partition, end));
    ends.putAll(TopicReader.ends(client, payloadsAndReceipts(open)));
    RecordingManifest sealed = sealed(open, contents, ends);
    RecordingManifest present = manifests.requireRecording(open.getName());
    if (present.getState() == State.SEALED) {
      return Optional.of(present);
    }
    manifests.publish(new Manifest.OfRecording(sealed));
    return Optional.of(sealed);
  }

  private void refuse(String recording, RecordingContents contents) {
    String text =
        "recording '"
            + recording
            + "' is not sealed: none of its "
            + contents.views().size()
            + " views is recorded"
            + contents.deadLetters().values().stream()
                .findFirst()
                .map(letter -> ", all were given up (" + letter.getCause() + ")")
                .orElse("")
            + "; mend the teacher and delete the recording, or seal it with --seal-empty";
    if (!text.equals(refusal)) {
      LOG.error("{}", text);
    }
    refusal = text;
  }

  private static List<Topic<?, ?>> payloadsAndReceipts(RecordingManifest open) {
    List<Topic<?, ?>> topics = new ArrayList<>();
    for (KindEncoding encoding : open.getEncodings()) {
      topics.add(Topics.tensors(open.getName(), encoding.getKind()));
    }
    topics.add(Topics.receipts(open.getName()));
    return topics;
  }

  private static RecordingManifest sealed(
      RecordingManifest open, RecordingContents contents, Map<String, Long> ends) {
    return RecordingManifest.newBuilder(open)
        .setState(State.SEALED)
        .setExpected(contents.views().size())
        .setRecorded(contents.index().size())
        .setDeadLettered(contents.deadLetters().size())
        .setBytesPerKind(contents.bytesPerKind())
        .setEndOffsets(ends)
        .setDigest(contents.digest(open))
        .setSealedAt(System.currentTimeMillis())
        .build();
  }
}
