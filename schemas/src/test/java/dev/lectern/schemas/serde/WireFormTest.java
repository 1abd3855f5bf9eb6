package dev.lectern.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DeadLetter;
import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.Phase;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the two calls of the REST interface that are made; SchemaRegistryIT has a real one. */
class WireFormTest {
  private static final String NAME = "rec";
  private static final JsonMapper JSON = new JsonMapper();

  private final List<String> asked = new ArrayList<>();
  private final List<String> schemas = new ArrayList<>();
  private int status = 200;
  private HttpServer server;
  private final Map<String, Object> client = new HashMap<>();

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    client.put(
        SchemaRegistry.URL_CONFIG, "http://127.0.0.1:" + server.getAddress().getPort() + "/");
    client.put("default.api.timeout.ms", "300");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /** Numbers schemas from 1. */
  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    asked.add(exchange.getRequestHeaders().getFirst("Authorization") + " " + path);
    String body = "{\"message\": \"no such schema\"}";
    int code = status;
    if (code == 200 && path.startsWith("/subjects/")) {
      String schema = JSON.readTree(exchange.getRequestBody()).get("schema").asText();
      if (!schemas.contains(schema)) {
        schemas.add(schema);
      }
      body = "{\"id\": " + (schemas.indexOf(schema) + 1) + "}";
    } else if (code == 200 && path.startsWith("/schemas/ids/")) {
      int id = Integer.parseInt(path.substring("/schemas/ids/".length()));
      if (id <= schemas.size()) {
        body = JSON.createObjectNode().put("schema", schemas.get(id - 1)).toString();
      } else {
        code = 404;
      }
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Test
  void aRecordIsWrittenWithTheNumberOfItsSchemaAndReadBack() {
    Topic<String, TeacherTensors> topic = Topics.tensors(NAME, TensorKind.BOX_LOGITS);
    Topic<String, TeacherTensors> registered = topic.in(WireForm.of(client));
    TeacherTensors record = tensors(2_000);

    byte[] plain = topic.value().serializer().serialize(topic.name(), record);
    byte[] bytes = registered.value().serializer().serialize(topic.name(), record);
    registered.value().serializer().serialize(topic.name(), record);

    assertThat(bytes).startsWith(0, 0, 0, 0, 1);
    assertThat(Arrays.copyOfRange(bytes, 5, bytes.length))
        .isEqualTo(Arrays.copyOfRange(plain, 10, plain.length));
    assertThat(asked).containsExactly("null /subjects/rec.box-logits-value/versions");
    assertThat(new Schema.Parser().parse(schemas.get(0)))
        .isEqualTo(TeacherTensors.getClassSchema());
    assertThat(registered.value().deserializer().deserialize(topic.name(), bytes))
        .isEqualTo(record);
    ByteBuffer within = ByteBuffer.allocate(bytes.length + 7).position(7).put(bytes).position(7);
    assertThat(registered.value().deserializer().deserialize(topic.name(), null, within))
        .isEqualTo(record);
    assertThat(WireForm.of(client).read(ByteBuffer.wrap(bytes))).isEqualTo(ByteBuffer.wrap(plain));
    assertThat(asked).hasSize(2);
  }

  @Test
  void aTopicOfSeveralKindsHasASubjectForEach() {
    var status = Topics.status();
    var registered = status.in(WireForm.of(client)).value();
    var run =
        new Status.OfRun(
            RunStatus.newBuilder()
                .setHeartbeat(new Heartbeat("host", Phase.WORKING, "", 1L, 2L, 5_000L))
                .setId("run-1")
                .setName("run")
                .setRecordings(List.of(NAME))
                .setStudent("gfl")
                .setDevice("cpu")
                .setBatchSize(8)
                .setEpochs(1)
                .setEpoch(0)
                .setStep(3)
                .setStepsOfEpoch(4)
                .setGlobalStep(3)
                .setLearningRate(0.1)
                .setWindowMs(0)
                .setImagesPerSecond(0)
                .setWaitShare(0)
                .build());

    byte[] bytes = registered.serializer().serialize(status.name(), run);

    assertThat(asked)
        .containsExactly(
            "null /subjects/lectern.status-dev.lectern.schemas.record.RunStatus/versions");
    assertThat(registered.deserializer().deserialize(status.name(), bytes)).isEqualTo(run);
  }

  @Test
  void whatWasWrittenWithoutARegistryIsReadWithOneAndTombstonesToo() {
    Topic<String, DeadLetter> topic = Topics.deadLetters(NAME);
    DeadLetter letter = new DeadLetter("7#0", "v", 0, 1L, "cause", "", 1, "w", 2L);
    byte[] plain = topic.value().serializer().serialize(topic.name(), letter);
    var registered = topic.in(WireForm.of(client)).value();

    assertThat(registered.deserializer().deserialize(topic.name(), plain)).isEqualTo(letter);
    assertThat(registered.deserializer().deserialize(topic.name(), null)).isNull();
    assertThat(registered.serializer().serialize(topic.name(), null)).isNull();
    assertThat(asked).isEmpty();
  }

  @Test
  void aReaderWithoutARegistrySaysWhatIsMissing() {
    WireForm none = WireForm.of(Map.of());

    assertThatThrownBy(() -> none.read(ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 7, 1})))
        .isInstanceOf(CorruptRecordException.class)
        .hasMessage(
            "found a record with schema 7 of a schema registry; name the registry with"
                + " --schema-registry");
  }

  @Test
  void anUnknownNumberIsTheFaultOfTheRecordAndARegistryThatIsAwayIsNot() {
    WireForm form = WireForm.of(client);
    ByteBuffer record = ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 7, 1});

    assertThatThrownBy(() -> form.read(record))
        .isInstanceOf(CorruptRecordException.class)
        .hasMessageStartingWith("found schema 7, which the schema registry at http://127.0.0.1:");

    status = 503;
    assertThatThrownBy(() -> form.read(record))
        .isInstanceOf(SchemaRegistryException.class)
        .hasMessageContaining("has not answered for 0 s: status 503, no such schema");
    assertThat(asked.size()).as("asked again").isGreaterThan(2);

    status = 409;
    assertThatThrownBy(
            () ->
                Topics.tensors(NAME, TensorKind.INSTANCES)
                    .in(form)
                    .value()
                    .serializer()
                    .serialize("rec.instances", tensors(1)))
        .isInstanceOf(SchemaRegistryException.class)
        .hasMessageEndingWith(
            "refuses the schema of subject rec.instances-value: status 409, no such schema");
  }

  @Test
  void theUserGoesIntoTheHeaderAndNotIntoTheAddress() {
    client.put(SchemaRegistry.USER_INFO_CONFIG, "user:password");

    SchemaRegistry.of(client).orElseThrow().requireAnswer();

    assertThat(asked).containsExactly("Basic dXNlcjpwYXNzd29yZA== /subjects");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:8081", "http://user:secret@host", "ftp://host", "http:/a b"})
  void anAddressIsOneOfTheWeb(String address) {
    assertThatThrownBy(() -> SchemaRegistry.of(Map.of(SchemaRegistry.URL_CONFIG, address)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith("schema registry: found something that is not an address")
        .hasMessageNotContaining("secret");
  }

  @Test
  void everyReleasedRecordCanBeWritten() throws Exception {
    Set<String> released;
    try (var files = Files.list(Path.of("src/main/resources/schema-history"))) {
      released =
          files
              .map(file -> file.getFileName().toString().replaceFirst("-v\\d+\\.avsc$", ""))
              .collect(Collectors.toSet());
    }

    assertThat(WireForm.WRITTEN.values().stream().map(Schema::getName))
        .containsExactlyInAnyOrderElementsOf(released);
  }

  private static TeacherTensors tensors(int bytes) {
    return TeacherTensors.newBuilder()
        .setViewId("7#0")
        .setTeacherId("t@00")
        .setKind(TensorKind.BOX_LOGITS)
        .setPixelsSha256(ByteBuffer.wrap(new byte[32]))
        .setAttemptId(42)
        .setPayloadBytes(bytes)
        .setPayloadCrc32c(0)
        .setPayload(ByteBuffer.wrap(new byte[bytes]))
        .build();
  }
}
