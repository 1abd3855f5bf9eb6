package dev.lectern.schemas.topic;

import dev.lectern.schemas.config.UserMistakeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the settings of topics that exist with those of the catalogue: somebody may have made
 * them by hand, or altered them.
 *
 * <p>Compared is what decides whether records stay and fit: {@code cleanup.policy}, {@code
 * retention.ms}, {@code retention.bytes} and {@code max.message.bytes}. The other settings cost
 * time or space only.
 */
public final class TopicSettings {
  private static final Logger LOG = LoggerFactory.getLogger(TopicSettings.class);
  private static final long TIMEOUT_SECONDS = 60;
  private static final List<String> RETENTION =
      List.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.RETENTION_MS_CONFIG,
          TopicConfig.RETENTION_BYTES_CONFIG);

  private TopicSettings() {}

  /**
   * A setting that is not what the catalogue says.
   *
   * @param expected {@code at least N} for a size
   */
  public record Difference(String topic, String key, String found, String expected) {
    @Override
    public String toString() {
      return "topic " + topic + ": " + key + ": found " + found + ", expected " + expected;
    }

    /** What becomes of records under this setting, and how to change it. */
    public String warning() {
      String does =
          switch (key) {
            case TopicConfig.RETENTION_MS_CONFIG -> "deletes records older than " + time(found);
            case TopicConfig.RETENTION_BYTES_CONFIG ->
                "deletes the oldest records of a partition beyond " + found + " bytes";
            default ->
                expected.equals("compact")
                    ? "deletes old records"
                    : "keeps only the last record of a key";
          };
      return "topic "
          + topic
          + ": the broker "
          + does
          + " ("
          + key
          + ": found "
          + found
          + ", expected "
          + expected
          + "); set it with kafka-configs.sh --alter --topic "
          + topic
          + " --add-config "
          + key
          + "="
          + expected;
    }

    private static String time(String millis) {
      try {
        Duration time = Duration.ofMillis(Long.parseLong(millis));
        return time.toHours() >= 48 ? time.toDays() + " days" : time.toSeconds() + " s";
      } catch (NumberFormatException e) {
        return millis + " ms";
      }
    }
  }

  /**
   * Refuses topics in which records would not stay or fit.
   *
   * @throws UserMistakeException naming each difference
   */
  static void require(Admin admin, Collection<? extends Topic<?, ?>> topics)
      throws InterruptedException {
    List<Difference> found = differences(admin, topics);
    if (!found.isEmpty()) {
      throw new UserMistakeException(
          found.stream().map(Difference::toString).collect(Collectors.joining("; "))
              + "; alter the topics with kafka-configs.sh, or delete those that Lectern is to make");
    }
  }

  /**
   * Settings under which the broker deletes records that were written; topics that do not exist are
   * left out.
   */
  public static List<Difference> deleting(Admin admin, Collection<? extends Topic<?, ?>> topics)
      throws InterruptedException {
    return differences(admin, topics).stream()
        .filter(difference -> RETENTION.contains(difference.key()))
        .toList();
  }

  private static List<Difference> differences(Admin admin, Collection<? extends Topic<?, ?>> topics)
      throws InterruptedException {
    Map<ConfigResource, Topic<?, ?>> asked =
        topics.stream()
            .collect(
                Collectors.toMap(
                    topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.name()),
                    topic -> topic));
    Map<ConfigResource, KafkaFuture<Config>> answers =
        admin.describeConfigs(asked.keySet()).values();
    List<Difference> differences = new ArrayList<>();
    for (Topic<?, ?> topic : topics) {
      Config config =
          config(answers.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.name())), topic);
      if (config != null) {
        compare(topic, config, differences);
      }
    }
    return differences;
  }

  /** Null if there is no such topic, or this principal may not see its settings. */
  private static Config config(KafkaFuture<Config> answer, Topic<?, ?> topic)
      throws InterruptedException {
    String failure = "settings of topic " + topic.name() + " cannot be read: ";
    try {
      return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof UnknownTopicOrPartitionException) {
        return null;
      }
      if (cause instanceof TopicAuthorizationException
          || cause instanceof ClusterAuthorizationException) {
        LOG.warn(
            "settings of a topic are not compared: this principal may not DESCRIBE_CONFIGS topic={}",
            topic.name());
        return null;
      }
      throw new KafkaException(failure + cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          failure + "no answer within " + TIMEOUT_SECONDS + " s", e);
    }
  }

  private static void compare(Topic<?, ?> topic, Config config, List<Difference> differences) {
    topic.settings().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            wanted -> {
              String key = wanted.getKey();
              ConfigEntry entry = config.get(key);
              if (entry == null || entry.value() == null) {
                return;
              }
              boolean size = key.equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
              boolean fits =
                  size
                      ? Long.parseLong(entry.value()) >= Long.parseLong(wanted.getValue())
                      : !RETENTION.contains(key)
                          || words(entry.value()).equals(words(wanted.getValue()));
              if (!fits) {
                differences.add(
                    new Difference(
                        topic.name(),
                        key,
                        entry.value(),
                        size ? "at least " + wanted.getValue() : wanted.getValue()));
              }
            });
  }

  private static Set<String> words(String value) {
    return Arrays.stream(value.split(","))
        .map(String::strip)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
