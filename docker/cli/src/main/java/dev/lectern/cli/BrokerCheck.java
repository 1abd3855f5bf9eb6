package dev.lectern.cli;

import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.config.Secrets;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/** Asks the broker one question before a role starts, so that a wrong address is one clear line. */
final class BrokerCheck {
  private static final int TIMEOUT_MS = 10_000;

  private BrokerCheck() {}

  /**
   * Returns when a broker has answered.
   *
   * @param kafka client properties with {@code bootstrap.servers}
   * @throws BrokerUnreachableException if none answers within ten seconds
   * @throws UserMistakeException if an address or a client property is wrong
   */
  static void answers(Map<String, ?> kafka) throws InterruptedException {
    Object servers = kafka.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG);
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS / 2);
    properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    try (Admin admin = Admin.create(properties)) {
      admin.describeCluster().nodes().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String reason =
          cause instanceof org.apache.kafka.common.errors.TimeoutException
                  || cause instanceof TimeoutException
              ? ""
              : ": " + Secrets.masked(String.valueOf(cause.getMessage()), kafka);
      throw new BrokerUnreachableException(
          "no Kafka broker answers at " + servers + " within " + TIMEOUT_MS / 1000 + " s" + reason,
          cause);
    } catch (KafkaException e) {
      // Without the cause, whose stack trace would quote what is masked here.
      throw new UserMistakeException(
          "Kafka client settings (bootstrap servers "
              + servers
              + "): "
              + Secrets.masked(reason(e), kafka));
    }
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
