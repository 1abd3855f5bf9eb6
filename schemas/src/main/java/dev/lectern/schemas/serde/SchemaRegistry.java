package dev.lectern.schemas.serde;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.clients.CommonClientConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A schema registry with Confluent's REST interface, which Apicurio has below {@code
 * /apis/ccompat/v7}: it numbers schemas, and knows the schema of a number.
 *
 * <p>What it answered is kept as long as the process lives. A registry that is away (status 429 or
 * 5xx included) is asked again for a minute, or for as long as the client property {@code
 * default.api.timeout.ms} says. Thread-safe.
 */
public final class SchemaRegistry {
  /** Client property: the address, as Confluent's serializers take it. */
  public static final String URL_CONFIG = "schema.registry.url";

  /** Client property: {@code user:password}, as Confluent's serializers take it. */
  public static final String USER_INFO_CONFIG = "basic.auth.user.info";

  private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
  private static final String JSON_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration REQUEST = Duration.ofSeconds(10);
  private static final long PAUSE_MS = 500;
  private static final int NOT_FOUND = 404;
  private static final JsonMapper JSON = new JsonMapper();

  /** One per address, so that readers and writers of a process share what was answered. */
  private static final Map<Connection, SchemaRegistry> OPEN = new ConcurrentHashMap<>();

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST).build();
  private final Connection connection;
  private final Map<String, Integer> ids = new ConcurrentHashMap<>();
  private final Map<Integer, Long> fingerprints = new ConcurrentHashMap<>();

  private record Connection(URI address, String userInfo, Duration limit) {
    static Connection of(String address, Map<String, ?> client) {
      Object userInfo = client.get(USER_INFO_CONFIG);
      Object millis = client.get(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG);
      return new Connection(
          checked(address),
          userInfo == null ? null : userInfo.toString(),
          millis == null ? LIMIT : Duration.ofMillis(Long.parseLong(millis.toString())));
    }

    private static URI checked(String address) {
      try {
        URI uri = URI.create(address.replaceFirst("/*$", ""));
        boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null) {
          return uri;
        }
      } catch (IllegalArgumentException e) {
        LOG.debug("not an address", e);
      }
      throw new UserMistakeException(
          "schema registry: found something that is not an address, expected http:// or https:// with a"
              + " host, without user or query, such as http://127.0.0.1:8080/apis/ccompat/v7; user"
              + " and password go into the client property "
              + USER_INFO_CONFIG);
    }
  }

  private SchemaRegistry(Connection connection) {
    this.connection = connection;
  }

  /**
   * The registry that client properties name; empty if they name none.
   *
   * @throws UserMistakeException if the address is not one
   */
  public static Optional<SchemaRegistry> of(Map<String, ?> client) {
    Object address = client.get(URL_CONFIG);
    return address == null || address.toString().isBlank()
        ? Optional.empty()
        : Optional.of(
            OPEN.computeIfAbsent(
                Connection.of(address.toString().strip(), client), SchemaRegistry::new));
  }

  /**
   * Returns when it has answered.
   *
   * @throws SchemaRegistryException if it does not
   */
  public void requireAnswer() {
    get("/subjects");
  }

  /**
   * The number of a schema; registers it under the subject if that does not have it.
   *
   * @throws SchemaRegistryException if the registry is away, or refuses the schema
   */
  int id(String subject, Schema schema, long fingerprint) {
    return ids.computeIfAbsent(
        subject + " " + fingerprint, key -> register(subject, schema.toString()));
  }

  private int register(String subject, String schema) {
    String path = "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions";
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", JSON_TYPE)
            .POST(
                BodyPublishers.ofString(JSON.createObjectNode().put("schema", schema).toString()));
    HttpResponse<String> response = answer(request.build());
    JsonNode id = json(response).path("id");
    if (response.statusCode() != 200 || !id.isInt()) {
      throw new SchemaRegistryException(
          where() + " refuses the schema of subject " + subject + ": " + reason(response));
    }
    LOG.info("schema registered subject={} id={}", subject, id.intValue());
    return id.intValue();
  }

  /**
   * The CRC-64-AVRO of the schema that has a number.
   *
   * @throws SchemaRegistryException if the registry is away
   * @throws CorruptRecordException if it has no such Avro schema
   */
  long fingerprint(int id) {
    return fingerprints.computeIfAbsent(id, this::ask);
  }

  private long ask(int id) {
    HttpResponse<String> response = get("/schemas/ids/" + id);
    if (response.statusCode() == NOT_FOUND) {
      throw new CorruptRecordException(
          "found schema " + id + ", which the " + where() + " does not know");
    }
    try {
      return SchemaNormalization.parsingFingerprint64(
          new Schema.Parser().parse(json(response).path("schema").asText()));
    } catch (AvroRuntimeException e) {
      throw new CorruptRecordException(
          "found schema " + id + ", which is no Avro schema in " + where(), e);
    }
  }

  private HttpResponse<String> get(String path) {
    HttpResponse<String> response = answer(request(path).GET().build());
    if (response.statusCode() != 200 && response.statusCode() != NOT_FOUND) {
      throw new SchemaRegistryException(where() + " refuses " + path + ": " + reason(response));
    }
    return response;
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(connection.address() + path))
            .timeout(REQUEST)
            .header("Accept", JSON_TYPE + ", application/json");
    if (connection.userInfo() != null) {
      byte[] user = connection.userInfo().getBytes(StandardCharsets.UTF_8);
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(user));
    }
    return request;
  }

  private HttpResponse<String> answer(HttpRequest request) {
    long start = System.nanoTime();
    boolean warned = false;
    while (true) {
      String failure;
      try {
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() < 500 && response.statusCode() != 429) {
          return response;
        }
        failure = reason(response);
      } catch (IOException e) {
        failure = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      } catch (InterruptedException e) {
        throw stopped(e);
      }
      if (System.nanoTime() - start > connection.limit().toNanos()) {
        throw new SchemaRegistryException(
            where() + " has not answered for " + connection.limit().toSeconds() + " s: " + failure);
      }
      if (!warned) {
        warned = true;
        LOG.warn("{} does not answer; asking again: {}", where(), failure);
      }
      try {
        Thread.sleep(PAUSE_MS);
      } catch (InterruptedException e) {
        throw stopped(e);
      }
    }
  }

  private SchemaRegistryException stopped(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new SchemaRegistryException("stopped while " + where() + " was asked", e);
  }

  private static String reason(HttpResponse<String> response) {
    String message = json(response).path("message").asText();
    return "status " + response.statusCode() + (message.isEmpty() ? "" : ", " + message);
  }

  private static JsonNode json(HttpResponse<String> response) {
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      LOG.debug("not JSON", e);
      return JSON.missingNode();
    }
  }

  private String where() {
    return "schema registry at " + connection.address();
  }
}
