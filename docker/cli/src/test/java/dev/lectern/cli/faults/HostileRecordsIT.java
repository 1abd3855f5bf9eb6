package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.Site;
import dev.lectern.cli.TinyTeacher;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records of every hostile kind on every topic, before, while and after a recording is made: what
 * is sealed, and the student that learns from it, are those of an untouched recording.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(900)
class HostileRecordsIT {
  private static final int PICTURES = 6;
  private static final long SEED = Long.getLong("lectern.faults.seed", 1);

  @TempDir private static Path dir;
  private final Random random = new Random(SEED);
  private Site site;
  private Path teacher;

  /** What somebody may write who can write to a topic. */
  private enum Kind {
    RANDOM_BYTES,
    EMPTY,
    TOMBSTONE_OF_A_STRANGER,
    CUT_IN_HALF,
    ONE_BYTE_TOO_MANY,
    OF_ANOTHER_TOPIC,
    CLAIMS_TWO_GIGABYTES,
    UNKNOWN_SCHEMA,
    WITHOUT_KEY,
    KEY_THAT_IS_NO_TEXT;

    byte[] key(byte[] real) {
      return switch (this) {
        case WITHOUT_KEY -> null;
        case KEY_THAT_IS_NO_TEXT -> new byte[] {(byte) 0xFF, (byte) 0xFE, 0};
        case TOMBSTONE_OF_A_STRANGER -> "stranger#0".getBytes(StandardCharsets.UTF_8);
        default -> real;
      };
    }

    byte[] value(byte[] real, byte[] ofAnotherTopic, Random random) {
      return switch (this) {
        case RANDOM_BYTES, WITHOUT_KEY, KEY_THAT_IS_NO_TEXT -> {
          byte[] bytes = new byte[100];
          random.nextBytes(bytes);
          yield bytes;
        }
        case EMPTY -> new byte[0];
        case TOMBSTONE_OF_A_STRANGER -> null;
        case CUT_IN_HALF -> Arrays.copyOf(real, real.length / 2);
        case ONE_BYTE_TOO_MANY -> Arrays.copyOf(real, real.length + 1);
        case OF_ANOTHER_TOPIC -> ofAnotherTopic;
        case CLAIMS_TWO_GIGABYTES -> {
          // After marker and fingerprint of the schema: the length of the first string.
          byte[] bytes = Arrays.copyOf(real, 43);
          byte[] length = {(byte) 0xFE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F};
          System.arraycopy(length, 0, bytes, 10, length.length);
          yield bytes;
        }
        case UNKNOWN_SCHEMA -> {
          byte[] bytes = real.clone();
          random.nextBytes(bytes);
          bytes[0] = real[0];
          bytes[1] = real[1];
          yield bytes;
        }
      };
    }
  }

  @BeforeAll
  void publish() throws Exception {
    System.out.println("seed " + SEED + " (-Dlectern.faults.seed)");
    site = new Site(dir.resolve("site"));
    Path annotations = TinyTeacher.draw(dir, "train", PICTURES);
    TinyTeacher.write(dir, "teacher", 2);
    teacher = dir.resolve("teacher");
    site.publish("mini", annotations, dir.resolve("images"), TinyTeacher.SIDE);
    site.record("mini", "clean", teacher);
  }

  @AfterAll
  void stop() {
    site.close();
  }

  @Test
  void whatIsSealedAndLearnedStaysTheSame() throws Exception {
    String digest = site.describe("clean").get("digest").asText();

    spoil("lectern.manifests", "mini.views", "mini.catalog");
    spoil(topics("clean"));
    try (Child worker = Child.start(dir, teaching("spoilt"))) {
      awaitReceipts("spoilt", worker);
      spoil(topics("spoilt"));
      try (Child ledger = Child.start(dir, keeping("spoilt"))) {
        assertThat(ledger.await()).as(ledger.output()).isZero();
        assertThat(ledger.output()).contains("record passed over: spoilt.receipts-");
      }
      assertThat(worker.await()).as(worker.output()).isZero();
    }
    spoil("lectern.manifests", "mini.views", "mini.catalog");
    spoil(topics("spoilt"));

    assertThat(site.describe("spoilt").get("digest").asText()).isEqualTo(digest);
    assertThat(site.describe("spoilt").get("recorded").asInt()).isEqualTo(PICTURES);
    for (String recording : List.of("clean", "spoilt")) {
      CommandRun verified = site.done("recordings", "verify", recording);
      assertThat(verified.out()).contains(": sound", "passed over mini.views-", digest);
      for (String topic : topics(recording)) {
        assertThat(verified.out()).contains("passed over " + topic + "-");
      }
    }
    assertThat(train("spoilt")).hasSameBinaryContentAs(train("clean"));
    site.done("recordings", "list");
    assertThat(site.done("status").out().replaceAll("\\s+", " "))
        .contains("lectern.manifests: ", "records do not decode and are passed over");
    site.done("recordings", "export", "spoilt", dir.resolve("archive").toString());
    site.record("mini", "afterwards", teacher);
    assertThat(site.describe("afterwards").get("digest").asText()).isEqualTo(digest);
  }

  private static String[] topics(String recording) {
    List<String> names = new ArrayList<>();
    Topics.ofRecording(recording).forEach(topic -> names.add(topic.name()));
    return names.toArray(String[]::new);
  }

  /** Writes each kind to each topic; what is real there gives the form. */
  private void spoil(String... topics) throws Exception {
    byte[] foreign = any(Topics.views("mini").name()).value();
    byte[] receipt = any(Topics.receipts("clean").name()).value();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(site.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (String topic : topics) {
        ConsumerRecord<byte[], byte[]> real = any(topic);
        byte[] key =
            topic.equals("lectern.manifests") || real == null
                ? "stranger".getBytes(StandardCharsets.UTF_8)
                : real.key();
        byte[] value = real == null ? receipt : real.value();
        byte[] other = topic.endsWith(".views") ? receipt : foreign;
        for (Kind kind : Kind.values()) {
          if (kind == Kind.WITHOUT_KEY && isCompacted(topic)) {
            continue; // The broker takes no such record.
          }
          sent.add(
              producer.send(
                  new ProducerRecord<>(topic, kind.key(key), kind.value(value, other, random))));
        }
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    }
  }

  private static boolean isCompacted(String topic) {
    return topic.equals("lectern.manifests")
        || topic.endsWith(".catalog")
        || topic.endsWith(".index");
  }

  /** The first record of a topic that has a key and a value; null if there is none. */
  private ConsumerRecord<byte[], byte[]> any(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            site.kafka(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          if (record.key() != null && record.value() != null && record.value().length > 43) {
            return record;
          }
        }
      }
      return null;
    }
  }

  /** Dead letters of hostile views are none. */
  private void awaitReceipts(String recording, Child worker) throws InterruptedException {
    long giveUp = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (receipts(recording) < PICTURES) {
      assertThat(worker.isAlive() && System.nanoTime() < giveUp).as(worker.output()).isTrue();
      Thread.sleep(200);
    }
  }

  private long receipts(String recording) {
    try (TopicReader<?, ?> reader =
        TopicReader.sequential(site.kafka(), Topics.receipts(recording))) {
      return reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private Path train(String recording) throws IOException {
    Path out = dir.resolve("run-" + recording);
    Path config =
        Files.writeString(
            dir.resolve(recording + ".yaml"),
            """
            epochs: 2
            batch-size: 2
            seed: 5
            losses: [{name: ld}, {name: kd}]
            evaluation: {split: none}
            replay: {store: none}
            """
                + TinyTeacher.studentYaml());
    site.done(
        "train", "--config=" + config, "--recording=" + recording, "--out=" + out, "--threads=1");
    return out.resolve("student.safetensors");
  }

  private String[] teaching(String recording) {
    return connected(
        "teach",
        "--dataset=mini",
        "--recording=" + recording,
        "--teacher=" + teacher + ".yaml",
        "--model=" + teacher + ".onnx",
        "--threads=1",
        "--max-failures=none",
        "--until-sealed");
  }

  private String[] keeping(String recording) {
    return connected(
        "ledger",
        "--recording=" + recording,
        "--state-dir=" + dir.resolve("state"),
        "--until-sealed");
  }

  private String[] connected(String... words) {
    String[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = "--bootstrap-servers=" + site.kafka().get("bootstrap.servers");
    return all;
  }
}
