package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A recording whose schemas are in Apicurio Registry, beside one that does without. */
@Tag("registry")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(600)
class SchemaRegistryIT {
  private static final int VIEWS = 48;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path dir;
  private Apicurio registry;
  private Site plain;
  private Site registered;

  @BeforeAll
  void recordWithTheRegistry() throws Exception {
    registry = Apicurio.start(dir);
    plain = new Site(dir.resolve("site"));
    registered = plain.with("--schema-registry", registry.address());
    Path annotations = TinyTeacher.draw(dir, "train", VIEWS);
    TinyTeacher.write(dir, "tiny", 4);
    registered.publish("drawn", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    registered.record("drawn", "with-registry", dir.resolve("tiny"));
  }

  @AfterAll
  void stop() {
    if (plain != null) {
      plain.close();
    }
    if (registry != null) {
      registry.close();
    }
  }

  @Test
  @Order(1)
  void whoeverKnowsTheRegistryReadsEveryRecord() throws Exception {
    trained(registered, "with-registry");

    SortedMap<String, Set<String>> kinds = new TreeMap<>();
    Map<Integer, Schema> schemas = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : everyRecord()) {
      ByteBuffer bytes = ByteBuffer.wrap(record.value());
      assertThat(bytes.get()).as(record.topic()).isZero();
      Schema schema = schemas.computeIfAbsent(bytes.getInt(), this::schema);
      BinaryDecoder in =
          DecoderFactory.get().binaryDecoder(record.value(), 5, bytes.remaining(), null);
      GenericRecord found = new GenericDatumReader<GenericRecord>(schema).read(null, in);
      assertThat(in.isEnd()).as(record.topic()).isTrue();
      kinds
          .computeIfAbsent(record.topic(), topic -> new TreeSet<>())
          .add(found.getSchema().getName());
    }

    assertThat(kinds)
        .isEqualTo(
            Map.of(
                "drawn.views", Set.of("View"),
                "drawn.catalog", Set.of("CatalogEntry"),
                "with-registry.class-scores", Set.of("TeacherTensors"),
                "with-registry.box-logits", Set.of("TeacherTensors"),
                "with-registry.fpn-features", Set.of("TeacherTensors"),
                "with-registry.receipts", Set.of("Receipt"),
                "with-registry.index", Set.of("IndexEntry"),
                "lectern.manifests", Set.of("DatasetManifest", "RecordingManifest"),
                "lectern.status", Set.of("WorkerStatus", "LedgerStatus", "RunStatus")));
    assertThat(JSON.readTree(registry.get("/subjects")))
        .extracting(subject -> subject.asText())
        .contains("drawn.views-value", "lectern.status-dev.lectern.schemas.record.RunStatus");
  }

  @Test
  @Order(2)
  void theFormOfRecordsIsNotPartOfARecording() throws Exception {
    plain.publish(
        "drawn-plain", dir.resolve("train.json"), dir.resolve("images"), TinyTeacher.SIDE);
    plain.record("drawn-plain", "without", dir.resolve("tiny"));

    assertThat(registered.describe("with-registry").get("digest"))
        .isEqualTo(plain.describe("without").get("digest"));
    assertThat(trained(plain, "without"))
        .hasSameBinaryContentAs(dir.resolve("run-with-registry/student.safetensors"));
    // Readers that know the registry take both forms.
    for (String recording : List.of("with-registry", "without")) {
      assertThat(registered.done("recordings", "verify", recording).out()).contains("sound");
    }
    assertThat(registered.done("recordings", "list").out()).contains("with-registry", "without");
  }

  @Test
  @Order(3)
  void whoDoesNotKnowTheRegistryIsToldSo() throws Exception {
    CommandRun run = plain.run("recordings", "verify", "with-registry");

    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USER_MISTAKE);
    assertThat(run.err()).contains("name the registry with --schema-registry");
  }

  @Test
  @Order(4)
  void aRecordingMovesBetweenTheForms() throws Exception {
    String archive = dir.resolve("archive").toString();
    registered.done("recordings", "export", "with-registry", archive);
    try (Site other = new Site(dir.resolve("other"))) {
      other.done("recordings", "import", archive);
      assertThat(other.done("recordings", "verify", "with-registry").out()).contains("sound");
    }
  }

  @Test
  @Order(4)
  void pythonReadsItToo() throws Exception {
    Python python = Python.find(dir);

    assertThat(
            python
                .check(
                    "registered",
                    plain.kafka().get("bootstrap.servers").toString(),
                    "with-registry",
                    registry.address())
                .get("views")
                .asInt())
        .isEqualTo(VIEWS);
  }

  private Schema schema(int id) {
    try {
      JsonNode answer = JSON.readTree(registry.get("/schemas/ids/" + id));
      return new Schema.Parser().parse(answer.get("schema").asText());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With a value, on the topics of Lectern; not those that are the ledger's own. */
  private List<ConsumerRecord<byte[], byte[]>> everyRecord() {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            new HashMap<>(plain.kafka()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.listTopics().entrySet().stream()
              .filter(topic -> !topic.getKey().startsWith("_"))
              .filter(topic -> !topic.getKey().startsWith(Topics.ledgerGroup("with-registry")))
              .flatMap(topic -> topic.getValue().stream())
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(
                record -> {
                  if (record.value() != null) {
                    found.add(record);
                  }
                });
      }
    }
    return found;
  }

  private static Path trained(Site site, String recording) throws IOException {
    Path run = dir.resolve("run-" + recording);
    Path config =
        Files.writeString(
            dir.resolve(recording + ".yaml"),
            """
            recording: %s
            out: %s
            seed: 3
            epochs: 1
            batch-size: 16
            losses: [{name: ld}, {name: kd}]
            """
                    .formatted(recording, run)
                + TinyTeacher.studentYaml());
    site.done("train", "--config", config.toString());
    return run.resolve("student.safetensors");
  }
}
