package dev.lectern.teacher.ledger;

import dev.lectern.schemas.log.BrokerWait;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.topic.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lag of the fleet's share group: records of the views topic that no worker has settled yet,
 * whether they wait or are being worked on. Before the first worker it is all records, so that a
 * fleet can be scaled from none.
 *
 * <p>A partition of which the broker knows no lag counts from the group's position to the end.
 */
final class FleetLag implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetLag.class);
  private static final Duration BETWEEN = Duration.ofSeconds(2);

  private final Admin admin;
  private final String group;
  private final String views;
  private long askedAt = System.nanoTime() - BETWEEN.toNanos();
  private double last = Double.NaN;
  private boolean refused;

  FleetLag(Map<String, Object> client, RecordingManifest manifest) {
    this.admin = Admin.create(client);
    this.group = Topics.fleetGroup(manifest.getName());
    this.views = Topics.views(manifest.getDataset()).name();
  }

  /** Asks the broker, at most every two seconds; its last answer if it gives none, NaN before. */
  double records() throws InterruptedException {
    long now = System.nanoTime();
    if (now - askedAt >= BETWEEN.toNanos()) {
      askedAt = now;
      try {
        last = ask();
        refused = false;
      } catch (ExecutionException e) {
        if (!refused) {
          String reason = e.getCause().getMessage();
          if (BrokerWait.isAway(e)) {
            LOG.debug("lag of the fleet is not known group={} reason={}", group, reason);
          } else {
            LOG.warn("lag of the fleet is not known group={} reason={}", group, reason);
          }
        }
        refused = true;
      }
    }
    return last;
  }

  private double ask() throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> ends = offsets(OffsetSpec.latest());
    Map<TopicPartition, SharePartitionOffsetInfo> group = settled();
    Map<TopicPartition, Long> begins = offsets(OffsetSpec.earliest());
    double lag = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      long begin = begins.getOrDefault(end.getKey(), 0L);
      SharePartitionOffsetInfo info = group.get(end.getKey());
      Optional<Long> known = info == null ? Optional.empty() : info.lag().filter(n -> n >= 0);
      lag +=
          known.orElse(end.getValue() - Math.max(begin, info == null ? begin : info.startOffset()));
    }
    return lag;
  }

  private Map<TopicPartition, SharePartitionOffsetInfo> settled()
      throws ExecutionException, InterruptedException {
    try {
      Map<TopicPartition, SharePartitionOffsetInfo> found = new HashMap<>();
      admin
          .listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
          .partitionsToOffsetInfo(group)
          .get()
          .forEach(
              (partition, info) -> {
                if (info != null && partition.topic().equals(views)) {
                  found.put(partition, info);
                }
              });
      return found;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return Map.of();
      }
      throw e;
    }
  }

  private Map<TopicPartition, Long> offsets(OffsetSpec which)
      throws ExecutionException, InterruptedException {
    TopicDescription topic =
        admin.describeTopics(List.of(views)).topicNameValues().get(views).get();
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    topic.partitions().forEach(p -> wanted.put(new TopicPartition(views, p.partition()), which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (var result : admin.listOffsets(wanted).all().get().entrySet()) {
      offsets.put(result.getKey(), result.getValue().offset());
    }
    return offsets;
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
