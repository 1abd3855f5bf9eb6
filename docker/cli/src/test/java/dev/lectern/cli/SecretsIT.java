package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.broker.EmbeddedBroker;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command with secrets among the properties of its Kafka clients, on a broker that asks for
 * none: afterwards they are in no file, no output, no record and no process's arguments.
 */
class SecretsIT {
  private static final String SECRET = "correct-horse-battery";
  private static final String LOGIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"";

  @TempDir private Path dir;
  @TempDir private Path given;

  private final StringBuilder shown = new StringBuilder();
  private final Set<String> processes = ConcurrentHashMap.newKeySet();
  private Path properties;
  private EmbeddedBroker broker;

  @Test
  void noCommandWritesOrPrintsASecret() throws Exception {
    properties =
        Files.writeString(
            given.resolve("client.properties"),
            "sasl.jaas.config=%s%s\";\nssl.key.password=%s\nplug-in.setting=%s\n%s\n"
                .formatted(LOGIN, SECRET, SECRET, SECRET, SECRET));
    PrintStream err = System.err;
    ByteArrayOutputStream logged = new ByteArrayOutputStream();
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
    ScheduledFuture<?> looking =
        watch.scheduleWithFixedDelay(this::look, 0, 50, TimeUnit.MILLISECONDS);
    try (EmbeddedBroker started = EmbeddedBroker.start(dir.resolve("broker"))) {
      broker = started;
      runEverything();
      assertNoTopicHolds();
    } finally {
      looking.cancel(true);
      watch.shutdown();
      System.setErr(err);
      err.print(logged.toString(StandardCharsets.UTF_8).replace(SECRET, "<the secret>"));
    }
    String log = logged.toString(StandardCharsets.UTF_8);
    assertThat(log)
        .contains("train settings:", "teach settings:", "kafka.ssl.key.password=***")
        .contains("kafka.sasl.jaas.config=***", "kafka.plug-in.setting=***");
    assertHidden("the log", log);
    assertHidden("the output", shown.toString());
    assertThat(processes).anyMatch(line -> line.contains(" ledger "));
    assertHidden("arguments of processes", String.join("\n", processes));
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertHidden(
            file.toString(), new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
  }

  private void look() {
    ProcessHandle.current()
        .descendants()
        .forEach(child -> child.info().commandLine().ifPresent(processes::add));
  }

  private void runEverything() throws Exception {
    Path annotations = TinyTeacher.draw(dir, "train", 24);
    TinyTeacher.write(dir, "tiny", 4);
    String side = TinyTeacher.SIDE + "x" + TinyTeacher.SIDE;
    done(
        "publish --name drawn --format coco --annotations ? --images ? --size ?",
        annotations,
        dir.resolve("images"),
        side);
    try (Child ledger =
        Child.start(
            dir,
            arguments(
                "ledger --recording r --state-dir ? --until-sealed --heartbeat-seconds 1 -v",
                dir.resolve("state")))) {
      done(
          "teach --dataset drawn --recording r --teacher ? --model ? --threads 1 --until-sealed"
              + " --heartbeat-seconds 1",
          dir.resolve("tiny.yaml"),
          dir.resolve("tiny.onnx"));
      assertThat(ledger.await()).as(ledger.output()).isZero();
    }
    Path run = dir.resolve("run");
    Path config =
        Files.writeString(
            given.resolve("run.yaml"),
            "recording: r\nout: %s\nepochs: 1\nbatch-size: 8\nlosses: [{name: ld}]\n".formatted(run)
                + "evaluation: {split: none}\nkafka: {ssl.keystore.password: %s}\n"
                    .formatted(SECRET)
                + TinyTeacher.studentYaml());
    done("train --config ? --heartbeat-seconds 1 --kafka ssl.keystore.key=?", config, SECRET);
    done("train --config ? --heartbeat-seconds 1 --resume --epochs 2", config);
    assertThat(run.resolve("run.yaml")).content().contains("epochs: 2");
    Path student = run.resolve("student.safetensors");
    done("evaluate --recording r");
    done("evaluate --recording r --student ? --split train", student);
    done("export --student ? --name next --out ? --dataset drawn", student, dir);
    done("inspect r --student ? --views 1 --out ?", student, dir.resolve("r.html"));
    done("status");
    done("recordings list");
    done("recordings describe r");
    done("recordings verify r");
    done("recordings export r ?", dir.resolve("archive"));
    done("recordings import ? --name again", dir.resolve("archive"));
    run("train --config ?", config);
    run("train --config ? --set kafka.ssl.key.password={?", config, SECRET);
    run("recordings describe nothing");
    properties =
        Files.writeString(
            given.resolve("wrong.properties"),
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=%s\n"
                .formatted(LOGIN.replace("required", SECRET) + "x\";"));
    try (Child verbose = Child.start(dir, arguments("recordings list -v"))) {
      assertThat(verbose.await()).isEqualTo(2);
      assertThat(verbose.output())
          .contains("Kafka client settings", "Exception")
          .contains("login module control flag");
    }
  }

  private void done(String command, Object... values) {
    CommandRun run = run(command, values);
    assertThat(run.exitCode()).as(command + ": " + run.err().replace(SECRET, "<>")).isZero();
  }

  private CommandRun run(String command, Object... values) {
    CommandRun run = CommandRun.of(arguments(command, values));
    shown.append(run.out()).append(run.err());
    return run;
  }

  /** The words of a command, each question mark being the next of the values. */
  private String[] arguments(String command, Object... values) {
    Iterator<Object> rest = List.of(values).iterator();
    List<String> all = new ArrayList<>();
    for (String word : command.split(" ")) {
      all.add(word.contains("?") ? word.replace("?", rest.next().toString()) : word);
    }
    all.addAll(
        List.of(
            "--bootstrap-servers",
            broker.bootstrapServers(),
            "--kafka-properties",
            properties.toString()));
    return all.toArray(String[]::new);
  }

  private void assertNoTopicHolds() throws Exception {
    Map<String, Object> kafka = Map.of("bootstrap.servers", broker.bootstrapServers());
    List<TopicPartition> partitions;
    try (Admin admin = Admin.create(kafka)) {
      Set<String> topics =
          admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
      assertThat(topics).contains("lectern.status");
      partitions =
          admin.describeTopics(topics).allTopicNames().get().values().stream()
              .flatMap(
                  topic ->
                      topic.partitions().stream()
                          .map(part -> new TopicPartition(topic.name(), part.partition())))
              .toList();
    }
    long records = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(kafka, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(part -> consumer.position(part) < ends.get(part))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          assertHidden("key on " + record.topic(), text(record.key()));
          assertHidden("value on " + record.topic(), text(record.value()));
          record.headers().forEach(header -> assertHidden("header", text(header.value())));
          records++;
        }
      }
    }
    assertThat(records).isGreaterThan(24 * 4);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Does not show the text itself, which may be of millions of bytes. */
  private static void assertHidden(String where, String text) {
    int at = text.indexOf(SECRET);
    assertThat(at < 0 ? "nothing" : text.substring(Math.max(0, at - 200), at))
        .as("what stands before the secret in " + where)
        .isEqualTo("nothing");
  }
}
