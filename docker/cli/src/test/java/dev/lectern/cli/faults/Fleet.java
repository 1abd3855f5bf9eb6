package dev.lectern.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.cli.Child;
import dev.lectern.cli.CommandRun;
import dev.lectern.cli.TinyTeacher;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;

/**
 * A broker and roles, each in a process of its own so that it can be stopped or killed.
 *
 * <p>Faults must come while there is work left, on a slow machine and on a quick one. So {@link
 * #slow} lets the broker take a client's bytes at a fixed rate, and faults wait for progress, not
 * for time.
 */
final class Fleet implements AutoCloseable {
  static final Duration LONG = Duration.ofMinutes(8);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path dir;
  private final int side;
  private final Path annotations;
  private final int pictures;
  private final List<String> brokerSettings;
  private Map<String, String> environment = Map.of("OMP_NUM_THREADS", "1");

  /** By the topic's name: topics are equal only if their serialisers are one object. */
  private final Map<String, TopicReader<?, ?>> ends = new HashMap<>();

  private Path brokerFolder;
  private Child broker;
  private String servers;

  /** The broker at a given address: a cluster, or one behind a proxy. */
  static Fleet at(String servers, Path dir, int pictures, int side) throws IOException {
    Fleet fleet = new Fleet(dir, pictures, side, List.of());
    fleet.servers = servers;
    return fleet;
  }

  /**
   * Starts a broker, draws pictures and writes a teacher.
   *
   * @param side of pictures and views, in pixels
   * @param settings of the broker, {@code key=value}
   */
  static Fleet start(Path dir, int pictures, int side, String... settings) throws IOException {
    Fleet fleet = new Fleet(dir, pictures, side, List.of(settings));
    fleet.startBroker();
    return fleet;
  }

  private Fleet(Path dir, int pictures, int side, List<String> brokerSettings) throws IOException {
    this.dir = dir;
    this.side = side;
    this.pictures = pictures;
    this.brokerSettings = brokerSettings;
    this.brokerFolder = dir.resolve("broker");
    annotations = TinyTeacher.draw(dir, "train", pictures, side);
    TinyTeacher.write(dir, "teacher", 2, side, TinyTeacher.spec());
  }

  /** Keeps the broker's data in another folder; before the broker starts. */
  static Fleet startIn(Path brokerFolder, Path dir, int pictures, int side, String... settings)
      throws IOException {
    Fleet fleet = new Fleet(dir, pictures, side, List.of(settings));
    fleet.brokerFolder = brokerFolder;
    fleet.startBroker();
    return fleet;
  }

  /**
   * Starts broker and roles with further environment variables.
   *
   * @param side of pictures and views, in pixels
   */
  static Fleet startWith(Map<String, String> environment, Path dir, int pictures, int side)
      throws IOException {
    Fleet fleet = new Fleet(dir, pictures, side, List.of());
    fleet.environment = new HashMap<>(environment);
    fleet.environment.put("OMP_NUM_THREADS", "1");
    fleet.startBroker();
    return fleet;
  }

  /** From now on roles find the broker at another address. */
  Fleet through(String address) {
    servers = address;
    return this;
  }

  void startBroker() throws IOException {
    List<String> words =
        new ArrayList<>(List.of("broker", "--data-dir", brokerFolder.toString(), "--port", "0"));
    // Quotas count over the last three seconds, so that they hold from the start.
    words.addAll(List.of("--kafka", "quota.window.num=3"));
    brokerSettings.forEach(setting -> words.addAll(List.of("--kafka", setting)));
    broker = Child.start(dir, environment, words);
    until(() -> broker.output().contains("listening on"), broker);
    Properties ports = new Properties();
    try (var in = Files.newInputStream(brokerFolder.resolve("ports.properties"))) {
      ports.load(in);
    }
    servers = "127.0.0.1:" + ports.getProperty("client");
  }

  Child broker() {
    return broker;
  }

  String servers() {
    return servers;
  }

  Path dir() {
    return dir;
  }

  int pictures() {
    return pictures;
  }

  /** Lets the broker take no more than these bytes a second of a client; 0 for as many as come. */
  void slow(String clientId, double bytesPerSecond) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin
          .alterClientQuotas(
              List.of(
                  new ClientQuotaAlteration(
                      new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, clientId)),
                      List.of(
                          new ClientQuotaAlteration.Op(
                              "producer_byte_rate", bytesPerSecond == 0 ? null : bytesPerSecond)))))
          .all()
          .get();
    }
  }

  Child start(List<String> command, String... options) throws IOException {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--bootstrap-servers", servers));
    words.addAll(List.of(options));
    return Child.start(dir, environment, words);
  }

  /** A command in this process that must succeed. */
  CommandRun done(List<String> command) {
    CommandRun run = run(command);
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    return run;
  }

  CommandRun run(List<String> command) {
    return CommandRun.of(
        Stream.concat(command.stream(), Stream.of("--bootstrap-servers", servers))
            .toArray(String[]::new));
  }

  /** A child that must end well. */
  void ends(Child child) throws InterruptedException {
    assertThat(child.await(LONG)).as(child.output()).isZero();
  }

  JsonNode describe(String recording) throws IOException {
    return JSON.readTree(done(List.of("recordings", "describe", recording, "--json")).out());
  }

  String digest(String recording) throws IOException {
    return describe(recording).get("digest").asText();
  }

  /** Records a dataset with nothing in the way. */
  void record(String dataset, String recording) throws Exception {
    try (Child ledger = start(keeping(recording))) {
      done(teaching(dataset, recording, "only"));
      ends(ledger);
    }
  }

  /** What is sealed is complete, sound, and what nobody disturbed. */
  void assertUnharmed(String recording, String digest) throws IOException {
    JsonNode described = describe(recording);
    assertThat(described.get("digest").asText()).as(recording).isEqualTo(digest);
    assertThat(described.get("deadLettered").asInt()).isZero();
    assertThat(done(List.of("recordings", "verify", recording)).out()).contains(": sound");
  }

  /** Records ever written to a topic, of which there must be one. */
  long records(Topic<?, ?> topic) {
    TopicReader<?, ?> reader =
        ends.computeIfAbsent(
            topic.name(), t -> TopicReader.sequential(Map.of("bootstrap.servers", servers), topic));
    return reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
  }

  long receipts(String recording) {
    return records(Topics.receipts(recording));
  }

  /** Waits for something that these processes do, which must live meanwhile. */
  static void until(Callable<Boolean> condition, Child... children) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(5))
        .pollInSameThread() // a consumer belongs to one thread
        .until(
            () -> {
              for (Child child : children) {
                assertThat(child.isAlive()).as(child.output()).isTrue();
              }
              return condition.call();
            });
  }

  List<String> publishing(String dataset, int viewsPerImage) {
    return List.of(
        "publish",
        "--name=" + dataset,
        "--format=coco",
        "--annotations=" + annotations,
        "--images=" + dir.resolve("images"),
        "--size=" + side + "x" + side,
        "--views-per-image=" + viewsPerImage,
        "--threads=1",
        "--kafka=client.id=" + dataset,
        "--kafka=batch.size=16384");
  }

  /** A worker whose client id is its name. */
  List<String> teaching(String dataset, String recording, String worker) {
    return List.of(
        "teach",
        "--dataset=" + dataset,
        "--recording=" + recording,
        "--teacher=" + dir.resolve("teacher.yaml"),
        "--model=" + dir.resolve("teacher.onnx"),
        "--threads=1",
        "--lanes=2",
        "--worker=" + worker,
        "--kafka=client.id=" + worker,
        "--until-sealed");
  }

  List<String> keeping(String recording) {
    return keeping(recording, dir.resolve("state"));
  }

  List<String> keeping(String recording, Path state) {
    return List.of("ledger", "--recording=" + recording, "--state-dir=" + state, "--until-sealed");
  }

  /**
   * A run that reads each view of each epoch from the log.
   *
   * @param settings YAML of further keys
   */
  List<String> training(String run, String recording, int epochs, String settings)
      throws IOException {
    Path config =
        Files.writeString(
            dir.resolve(run + ".yaml"),
            """
            epochs: %d
            batch-size: 2
            seed: 5
            losses: [{name: ld}, {name: kd}]
            evaluation: {split: none}
            replay: {store: none}
            %s
            """
                    .formatted(epochs, settings)
                + TinyTeacher.studentYaml());
    return List.of(
        "train",
        "--config=" + config,
        "--recording=" + recording,
        "--out=" + dir.resolve(run),
        "--threads=1");
  }

  @Override
  public void close() {
    ends.values().forEach(TopicReader::close);
    if (broker != null) {
      broker.close();
    }
  }
}
