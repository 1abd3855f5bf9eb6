package dev.lectern.teacher.recording;

import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share group of all workers of a recording: each view goes to one of them at a time.
 *
 * @param id of the group: {@code lectern.} and the recording's name
 * @param deliveryLimit how often the broker hands out a view before it gives it up silently
 */
record FleetGroup(String id, int deliveryLimit) {
  private static final Logger LOG = LoggerFactory.getLogger(FleetGroup.class);

  /** What the group asks for: a worker that dies takes many views with it. */
  private static final int DELIVERY_LIMIT = 10;

  /** What a broker has that does not let a group ask. */
  private static final int BROKER_DELIVERY_LIMIT = 5;

  /** Sets the group's configuration on the broker; the group starts with the first view. */
  static FleetGroup prepare(Admin admin, String recording) throws InterruptedException {
    String id = Topics.fleetGroup(recording);
    Map<String, String> start = Map.of("share.auto.offset.reset", "earliest");
    Map<String, String> all = new HashMap<>(start);
    all.put("share.delivery.count.limit", String.valueOf(DELIVERY_LIMIT));
    try {
      alter(admin, id, all);
      return new FleetGroup(id, DELIVERY_LIMIT);
    } catch (InvalidConfigurationException | InvalidRequestException e) {
      LOG.info(
          "broker keeps its own delivery limit group={} limit={} reason={}",
          id,
          BROKER_DELIVERY_LIMIT,
          e.getMessage());
      alter(admin, id, start);
      return new FleetGroup(id, BROKER_DELIVERY_LIMIT);
    }
  }

  private static void alter(Admin admin, String id, Map<String, String> settings)
      throws InterruptedException {
    ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, id);
    List<AlterConfigOp> operations = new ArrayList<>();
    settings.forEach(
        (key, value) ->
            operations.add(
                new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
    try {
      admin.incrementalAlterConfigs(Map.of(group, operations)).all().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KafkaException cause) {
        throw cause;
      }
      throw new KafkaException("group " + id + " cannot be configured", e.getCause());
    }
  }

  /** Whether this is the last delivery after which a failure may still be reported in time. */
  boolean lastChance(int attempts) {
    return attempts >= deliveryLimit - 1;
  }

  /** Whether the view has come so often without any outcome that it must not be tried again. */
  boolean exhausted(int attempts) {
    return attempts >= deliveryLimit;
  }
}
