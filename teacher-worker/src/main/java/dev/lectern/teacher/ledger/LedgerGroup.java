package dev.lectern.teacher.ledger;

import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.topic.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/** All instances of a recording's ledger together, as the broker knows their group. */
record LedgerGroup(Map<String, Object> client, RecordingManifest recording) {

  /**
   * Whether they have read all that there is at this moment: what follows from it is in the index,
   * since offsets and index are committed together.
   *
   * @param dataset sealed
   */
  boolean hasReadAll(DatasetManifest dataset) throws InterruptedException {
    Map<String, Long> ends =
        TopicReader.ends(
            client,
            List.of(
                Topics.catalog(dataset.getName()),
                Topics.receipts(recording.getName()),
                Topics.deadLetters(recording.getName())));
    // What lies behind the sealed end of the catalog does not count.
    ends.replaceAll(
        (place, end) -> Math.min(end, dataset.getEndOffsets().getOrDefault(place, end)));
    Map<String, Long> committed = committed();
    return ends.entrySet().stream()
        .allMatch(end -> committed.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }

  /** Of the partitions that were read from, by {@code topic-partition}. */
  private Map<String, Long> committed() throws InterruptedException {
    String group = Topics.ledgerGroup(recording.getName());
    Map<String, Long> committed = new HashMap<>();
    try (Admin admin = Admin.create(client)) {
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach((partition, at) -> committed.put(partition.toString(), at.offset()));
    } catch (ExecutionException e) {
      throw new KafkaException(
          "offsets of group " + group + " are not known: " + e.getCause().getMessage(),
          e.getCause());
    }
    return committed;
  }
}
