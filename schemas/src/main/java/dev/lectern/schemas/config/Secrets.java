package dev.lectern.schemas.config;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Which settings are secrets, and texts without them. A setting is one if its name says so, or if
 * Kafka types it as a password. A Kafka property that Kafka's clients do not know is treated as one
 * too: it may be a misspelt name of a secret, or belong to a plug-in.
 */
public final class Secrets {
  /** What stands in place of a secret. */
  public static final String MASK = "***";

  private static final Pattern NAME =
      Pattern.compile("password|secret|token|credential|jaas|private|\\.key$");
  private static final Pattern KAFKA_KEY = Pattern.compile("[A-Za-z0-9._-]+");
  private static final Pattern TYPICAL_KEY = Pattern.compile("[a-z][a-z-]*(\\.[a-z][a-z-]*)+");
  private static final Pattern SEPARATORS = Pattern.compile("[\\s\"'=;,]+");
  private static final int SHORTEST_PART = 3;

  /** Of Confluent's serializers; Kafka's clients pass it over. */
  private static final String REGISTRY = "schema.registry.url";

  private static final Set<String> OPEN_KAFKA_KEYS =
      Stream.of(
              AdminClientConfig.configDef(), ProducerConfig.configDef(), ConsumerConfig.configDef())
          .flatMap(definitions -> definitions.configKeys().values().stream())
          .filter(key -> key.type() != ConfigDef.Type.PASSWORD && !isNamedSecret(key.name))
          .map(key -> key.name)
          .collect(Collectors.toUnmodifiableSet());
  private static final Set<String> KAFKA_KEYS =
      Stream.of(
              AdminClientConfig.configDef(), ProducerConfig.configDef(), ConsumerConfig.configDef())
          .flatMap(definitions -> definitions.names().stream())
          .collect(Collectors.toUnmodifiableSet());
  private static final int SLIP = 2;

  private Secrets() {}

  /** Whether the name of a setting says that its value is a secret. */
  public static boolean isNamedSecret(String key) {
    return NAME.matcher(key.toLowerCase(Locale.ROOT)).find();
  }

  /** Whether Kafka's clients know a property and its value is no secret. */
  public static boolean isOpenKafkaKey(String key) {
    return OPEN_KAFKA_KEYS.contains(key) || key.equals(REGISTRY);
  }

  /** Whether the name of a Kafka property may be shown: a value that slipped may look like one. */
  public static boolean isKafkaName(String key) {
    return isOpenKafkaKey(key) || TYPICAL_KEY.matcher(key).matches();
  }

  /**
   * Refuses what cannot be the name of a Kafka property, without showing it, and what is nearly one
   * that Kafka's clients know. Others pass: login modules and plug-ins have their own.
   *
   * @param where the option or file that it was found in
   * @throws UserMistakeException if it has other characters than letters, digits, {@code . _ -}, or
   *     differs in one or two of them from a known name
   */
  public static void requireKafkaKey(String key, String where) {
    if (!KAFKA_KEY.matcher(key).matches()) {
      throw new UserMistakeException(
          where
              + ": found a name with other characters than letters, digits, '.', '_' and '-',"
              + " expected Kafka client properties as KEY=VALUE");
    }
    if (!KAFKA_KEYS.contains(key)) {
      Nearest.within(SLIP, key, KAFKA_KEYS)
          .ifPresent(
              known -> {
                throw new UserMistakeException(
                    where
                        + ": found the Kafka client property '"
                        + key
                        + "', expected '"
                        + known
                        + "'");
              });
    }
  }

  /**
   * A text, such as the message of a failure, with {@link #MASK} for each secret in it: for the
   * values of all properties that are not open, and for their words.
   *
   * @param kafka client properties
   */
  public static String masked(String text, Map<String, ?> kafka) {
    String masked = text;
    for (String secret :
        kafka.entrySet().stream()
            .filter(property -> !isOpenKafkaKey(property.getKey()))
            .map(property -> String.valueOf(property.getValue()))
            .flatMap(value -> Stream.concat(Stream.of(value), SEPARATORS.splitAsStream(value)))
            .filter(part -> part.length() >= SHORTEST_PART)
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList()) {
      masked = masked.replace(secret, MASK);
    }
    return masked;
  }
}
