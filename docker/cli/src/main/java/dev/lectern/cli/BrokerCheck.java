package dev.lectern.cli;

import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.config.Secrets;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.serde.SchemaRegistry;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.SaslConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks broker and schema registry one question each before a role starts, so that a wrong address
 * is one clear line.
 */
final class BrokerCheck {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerCheck.class);
  private static final int DEFAULT_TIMEOUT_MS = 60_000;
  private static final int FIRST_TRY_MS = 10_000;

  private static volatile String asked = "";

  private BrokerCheck() {}

  /** The bootstrap servers that were asked last, for messages; empty if none were. */
  static String asked() {
    return asked;
  }

  /**
   * Returns when a broker has answered, and the schema registry if there is one.
   *
   * @param kafka client properties with {@code bootstrap.servers}
   *     <p>The client property {@code default.api.timeout.ms} says how long that may take; 60 s
   *     unless it is given. After ten seconds the wait is logged.
   * @throws BrokerUnreachableException if none answers in time
   * @throws UserMistakeException if an address or a client property is wrong, or a port speaks
   *     something else
   */
  static void answers(Map<String, ?> kafka) throws InterruptedException {
    Optional<SchemaRegistry> registry = SchemaRegistry.of(kafka);
    brokerAnswers(kafka);
    registry.ifPresent(SchemaRegistry::requireAnswer);
  }

  private static void brokerAnswers(Map<String, ?> kafka) throws InterruptedException {
    asked = String.valueOf(kafka.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG));
    PortProbe.check(kafka);
    Object servers = kafka.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG);
    Map<String, Object> properties = new HashMap<>(kafka);
    int timeout =
        Integer.parseInt(
            properties
                .getOrDefault(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, DEFAULT_TIMEOUT_MS)
                .toString());
    properties.put(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(FIRST_TRY_MS, timeout) / 2);
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeout);
    try (Admin admin = Admin.create(properties)) {
      KafkaFuture<?> answer = admin.describeCluster().nodes();
      if (timeout > FIRST_TRY_MS && !answeredWithin(answer, FIRST_TRY_MS)) {
        LOG.warn("no broker answers at {} yet; waiting for up to {} s", servers, timeout / 1000);
      }
      answer.get(timeout, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String reason =
          cause instanceof org.apache.kafka.common.errors.TimeoutException
                  || cause instanceof TimeoutException
              ? unreachable(kafka)
              : ": " + Secrets.masked(String.valueOf(cause.getMessage()), kafka);
      throw new BrokerUnreachableException(
          "no Kafka broker answers at " + servers + " within " + timeout / 1000 + " s" + reason,
          cause);
    } catch (KafkaException e) {
      // Without the cause, whose stack trace would quote what is masked here.
      throw new UserMistakeException(
          "Kafka client settings (bootstrap servers "
              + servers
              + "): "
              + Secrets.masked(reason(e), kafka)
              + wayOut(e, kafka));
    }
  }

  /**
   * A broker that answers, but in plaintext to a client that is to speak TLS, or that sends its
   * clients to an address where nobody does.
   */
  private static String unreachable(Map<String, ?> kafka) {
    if (PortProbe.isToSpeakTls(kafka) && PortProbe.answersInPlaintext(kafka)) {
      return ": one answers there in plaintext, but the client is to speak TLS; give --kafka"
          + " security.protocol=PLAINTEXT (or SASL_PLAINTEXT), or the broker's TLS port";
    }
    List<String> advertised = PortProbe.advertised(kafka);
    return advertised.isEmpty()
        ? ""
        : ": one answers there, and sends its clients to "
            + String.join(", ", advertised)
            + ", which does not answer from here; mend advertised.listeners of the broker, or use an"
            + " address that it advertises";
  }

  private static boolean answeredWithin(KafkaFuture<?> answer, int millis)
      throws InterruptedException, ExecutionException {
    try {
      answer.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** Kafka names a property of the machine, which few use, and not its own. */
  private static String wayOut(KafkaException e, Map<String, ?> kafka) {
    return kafka.containsKey(SaslConfigs.SASL_JAAS_CONFIG) || !reason(e).contains("JAAS")
        ? ""
        : "; give " + SaslConfigs.SASL_JAAS_CONFIG + " in the file of --kafka-properties";
  }

  /** The messages of the causes, from the outermost to what was found. */
  private static String reason(KafkaException e) {
    Set<String> messages = new LinkedHashSet<>();
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      messages.add(OneLine.of(String.valueOf(cause.getMessage())));
    }
    return messages.isEmpty() ? OneLine.of(e.getMessage()) : String.join(": ", messages);
  }
}
