package dev.lectern.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * The CPU images, built from the Dockerfile and run: a broker, a ledger, two teachers and a student
 * record coco-mini and train on it. Every container has a root file system that is read-only, a
 * temporary folder that nothing runs from, and no rights.
 */
@Tag("images")
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ImagesIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path FOLDER = Path.of("target", "images").toAbsolutePath();
  private static final String STATE = "/var/lib/lectern";
  private static final String USER = "10001:10001";
  private static final String HEALTH = "/opt/lectern/bin/health";
  private static final int IMAGES = 80;
  private static final int VIEWS = 4 * IMAGES;
  private static final Map<String, String> TARGETS =
      Map.of("teacher", "lectern-teacher", "student", "lectern-student", "lectern", "lectern");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> figures = new LinkedHashMap<>();
  private final List<Container> started = new ArrayList<>();
  private Buildah buildah;
  private Path data;
  private Path models;
  private Path runs;
  private String servers;

  @BeforeAll
  void buildTheImagesAndPublish() throws Exception {
    assumeTrue(Files.isDirectory(ROOT.resolve("docker/target/image")), "needs mvn -Pimages");
    assumeTrue("root".equals(System.getProperty("user.name")), "buildah's chroot needs root");
    assumeTrue(isInstalled("buildah"), "found no buildah (apt-get install buildah)");
    assumeTrue(
        System.getProperty("lectern.images.base") != null || isInstalled("debootstrap"),
        "found no debootstrap (apt-get install debootstrap) and no -Dlectern.images.base=IMAGE");
    Path shared = Path.of(System.getProperty("lectern.shared", "shared")).toAbsolutePath();
    data = shared.resolve("data/coco-mini");
    models = shared.resolve("data/models/nanodet_plus_m_1.5x_416");
    assumeTrue(Files.isDirectory(data) && Files.isDirectory(models), "no shared folder");

    buildah = new Buildah(FOLDER);
    buildah.removeContainers();
    String base = BaseImage.prepare(buildah, FOLDER);
    for (Map.Entry<String, String> target : TARGETS.entrySet()) {
      buildah.build(ROOT, base, target.getKey(), target.getValue());
      figures.put("size of " + target.getValue(), buildah.size(target.getValue()));
    }
    figures.put("size of the base", buildah.size(base));

    runs = writableFolder("runs");
    int port = freePort();
    servers = "127.0.0.1:" + port;
    Container broker =
        start(
            "lectern",
            "broker",
            List.of(writableFolder("broker") + ":" + STATE),
            "broker",
            "--port",
            "" + port);
    await("the broker", broker, () -> broker.output().contains("listening on"));
    assertThat(broker.execute(HEALTH)).as(broker.output()).isZero();
    Container publish =
        start(
            "lectern",
            "publish",
            List.of(data + ":/data:ro"),
            connected(
                "publish",
                "--name",
                "mini",
                "--format",
                "coco",
                "--annotations",
                "/data/annotations/instances_train2017.json",
                "--images",
                "/data/train2017",
                "--views-per-image",
                "" + VIEWS / IMAGES));
    assertThat(publish.await()).as(publish.output()).isZero();
    assertThat(publish.output()).contains("SEALED, " + VIEWS + " views");
  }

  @AfterAll
  void cleanUp() throws Exception {
    if (buildah == null) {
      return;
    }
    started.forEach(Container::close);
    for (Container container : started) {
      container.await();
    }
    buildah.removeContainers();
    buildah.remove(TARGETS.values());
    figures.forEach((what, value) -> System.out.println("images: " + what + ": " + value));
  }

  @Test
  @Order(1)
  void anImageSaysWhatItIs() throws Exception {
    for (String image : TARGETS.values()) {
      JsonNode configuration = buildah.configuration(image);
      assertThat(configuration.get("User").asText()).isEqualTo(USER);
      assertThat(configuration.get("Healthcheck").get("Test").get(1).asText()).isEqualTo(HEALTH);
      assertThat(configuration.get("StopSignal").asText()).isEqualTo("SIGTERM");
      JsonNode labels = configuration.get("Labels");
      assertThat(labels.get("org.opencontainers.image.licenses").asText()).isEqualTo("Apache-2.0");
      assertThat(labels.get("org.opencontainers.image.title").asText()).isEqualTo(image);

      Container version = start(image, "version-" + image, List.of(), "--version");
      assertThat(version.await()).isZero();
      assertThat(version.output())
          .startsWith("lectern " + labels.get("org.opencontainers.image.version").asText());
    }
  }

  @Test
  @Order(2)
  void aCommandThatAnImageHasNoLibrariesForNamesTheImageThatHas() throws Exception {
    Container broker =
        start(
            "lectern-student",
            "no-broker",
            List.of(),
            "broker",
            "--port",
            "0",
            "--data-dir",
            "/tmp/broker");

    assertThat(broker.await()).isEqualTo(2);
    assertThat(broker.output())
        .contains("the image 'lectern-student' has no libraries for 'lectern broker'")
        .contains("the image 'lectern' has those of every command")
        .doesNotContain("\tat ");
  }

  @Test
  @Order(3)
  void nothingCanBeWrittenButTheTemporaryFolderAndVolumes() throws Exception {
    Container teacher = start("lectern-teacher", "written", List.of(), "--version");
    assertThat(teacher.await()).isZero();

    assertThat(teacher.execute("touch", "/tmp/here")).isZero();
    // Its user owns this folder: where it cannot write, the file system is read-only.
    assertThat(teacher.execute("sh", "-c", "test -O " + STATE)).isZero();
    assertThat(teacher.execute("touch", STATE + "/here")).isNotZero();
    assertThat(teacher.execute("sh", "-c", "grep -q '^[^ ]* / [^ ]* ro,' /proc/mounts")).isZero();
    assertThat(teacher.execute("mount", "-o", "remount,bind,rw", "/")).isNotZero();

    Container volume =
        start(
            "lectern-teacher",
            "volume",
            List.of(writableFolder("written") + ":" + STATE),
            "--version");
    assertThat(volume.await()).isZero();
    assertThat(volume.execute("touch", STATE + "/here")).isZero();
  }

  @Test
  @Order(4)
  void aStoppedTeacherLeavesNothingToDoAgain() throws Exception {
    Container ledger = ledger("stopped");
    Container first = teacher("stopped", "stopped-1", freePort());
    await("the first receipt", first, () -> receipts("stopped") > 0);
    figures.put(
        "seconds from a teacher's start to its first recorded view",
        String.format(
            Locale.ROOT,
            "%.1f, of processor time %.1f (load average of the machine %.1f)",
            first.seconds(),
            first.processorSeconds(),
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    int port = freePort();
    Container second = teacher("stopped", "stopped-2", port);
    await("the second teacher", second, () -> viewsOf(port) > 0);
    for (Container role : List.of(ledger, first, second)) {
      assertThat(role.execute(HEALTH)).as(role.output()).isZero();
    }
    long before = receipts("stopped");
    assertThat(before).as("receipts when the first teacher was stopped").isLessThan(VIEWS);

    first.terminate();

    assertThat(first.await()).as(first.output()).isZero();
    assertThat(first.output()).contains("stopping teach").contains("teach stopped");
    assertThat(ledger.await()).as(ledger.output()).isZero();
    assertThat(figure(port, "lectern_teacher_redeliveries_total")).isZero();
    second.terminate();
    assertThat(second.await()).as(second.output()).isZero();
    assertSealed("stopped");
  }

  @Test
  @Order(5)
  void aKilledTeacherIsMadeUpFor() throws Exception {
    Container ledger = ledger("killed");
    int[] ports = {freePort(), freePort()};
    Container first = teacher("killed", "killed-1", ports[0]);
    Container second = teacher("killed", "killed-2", ports[1]);
    await("both teachers", second, () -> viewsOf(ports[0]) > 0 && viewsOf(ports[1]) > 0);
    assertThat(receipts("killed")).isLessThan(VIEWS);

    first.kill();

    assertThat(first.await()).isNotZero();
    assertThat(ledger.await()).as(ledger.output()).isZero();
    assertThat(figure(ports[1], "lectern_teacher_redeliveries_total")).isPositive();
    second.terminate();
    assertThat(second.await()).as(second.output()).isZero();
    assertSealed("killed");
    assertThat(digest("killed")).hasSize(64).isEqualTo(digest("stopped"));
  }

  @Test
  @Order(6)
  void aStudentTrainsOnTheRecording() throws Exception {
    Path config = Files.createDirectories(FOLDER.resolve("config")).resolve("run.yaml");
    Files.writeString(
        config,
        """
        bootstrap-servers: %s
        recording: stopped
        out: %s/tiny
        epochs: 1
        student:
          classes: 80
          bins: 8
          strides: [8, 16, 32]
          backbone: {depth: 18, width: 8}
          neck: {channels: 16}
          head: {depth: 1, channels: 16}
        losses: [{name: ld}, {name: kd}]
        evaluation: {split: none}
        """
            .formatted(servers, STATE));
    int port = freePort();
    Container student =
        start(
            "lectern-student",
            "student",
            Map.of("LECTERN_METRICS_PORT", "" + port, "OMP_NUM_THREADS", "1"),
            List.of(runs + ":" + STATE, config.getParent() + ":/config:ro"),
            "train",
            "--config",
            "/config/run.yaml");
    await("the health check", student, () -> student.execute(HEALTH) == 0);

    assertThat(student.await()).as(student.output()).isZero();

    assertThat(student.output()).contains("done after 1 epochs, " + IMAGES / 8 + " steps");
    assertThat(runs.resolve("tiny/student.safetensors")).isNotEmptyFile();
    assertThat(Files.readAllLines(runs.resolve("tiny/metrics.csv"))).hasSize(1 + IMAGES / 8);
  }

  private void assertSealed(String recording) throws Exception {
    JsonNode description = describe(recording);
    assertThat(description.get("state").asText()).isEqualTo("SEALED");
    assertThat(description.get("recorded").asLong()).isEqualTo(VIEWS);
    assertThat(description.get("deadLettered").asLong()).isZero();
    Container verify = command("recordings", "verify", recording);
    assertThat(verify.await()).as(verify.output()).isZero();
  }

  private String digest(String recording) throws Exception {
    return describe(recording).get("digest").asText();
  }

  private JsonNode describe(String recording) throws Exception {
    Container describe = command("recordings", "describe", recording, "--json");
    assertThat(describe.await()).as(describe.output()).isZero();
    return JSON.readTree(
        describe.output().lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow());
  }

  private Container command(String... arguments) throws Exception {
    return start("lectern-teacher", "command-" + started.size(), List.of(), connected(arguments));
  }

  private Container ledger(String recording) throws Exception {
    return start(
        "lectern-teacher",
        "ledger-" + recording,
        List.of(writableFolder("ledger") + ":" + STATE),
        connected("ledger", "--recording", recording, "--until-sealed"));
  }

  private Container teacher(String recording, String name, int metricsPort) throws Exception {
    return start(
        "lectern-teacher",
        name,
        Map.of("LECTERN_METRICS_PORT", "" + metricsPort),
        List.of(models + ":/models:ro"),
        connected(
            "teach",
            "--dataset",
            "mini",
            "--recording",
            recording,
            "--teacher",
            "/opt/lectern/teachers/nanodet-plus-m-1.5x-416.yaml",
            "--model",
            "/models/nanodet_plus_m_1.5x_416.onnx",
            "--threads",
            "1"));
  }

  private Container start(String image, String name, List<String> volumes, String... arguments)
      throws Exception {
    return start(image, name, Map.of("LECTERN_METRICS_PORT", "" + freePort()), volumes, arguments);
  }

  private Container start(
      String image,
      String name,
      Map<String, String> environment,
      List<String> volumes,
      String... arguments)
      throws Exception {
    Map<String, String> all = new LinkedHashMap<>(environment);
    all.put("LECTERN_HEAP", "768m");
    Container container = buildah.start(image, name, all, volumes, arguments);
    started.add(container);
    return container;
  }

  private String[] connected(String... arguments) {
    return Stream.concat(Stream.of(arguments), Stream.of("--bootstrap-servers", servers))
        .toArray(String[]::new);
  }

  /** A folder that the user of the images may write. */
  private static Path writableFolder(String name) throws IOException, InterruptedException {
    Path folder = FOLDER.resolve("volumes").resolve(name);
    new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    Files.createDirectories(folder);
    assertThat(new ProcessBuilder("chown", USER, folder.toString()).start().waitFor()).isZero();
    return folder;
  }

  private long receipts(String recording) throws Exception {
    try (var reader =
        TopicReader.sequential(Map.of("bootstrap.servers", servers), Topics.receipts(recording))) {
      return reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** Views that the teacher with this metrics port has recorded; 0 while it starts. */
  private static double viewsOf(int port) throws InterruptedException {
    try {
      return figure(port, "lectern_teacher_views_total");
    } catch (IOException e) {
      return 0;
    }
  }

  /** A figure of the role with this metrics port, summed over its tags. */
  private static double figure(int port, String name) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Waits for something that a container does. */
  private static void await(String what, Container container, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(Duration.ofMinutes(2))
        .failFast("the container has ended", () -> !container.isAlive())
        .untilAsserted(() -> assertThat(condition.call()).as(container::output).isTrue());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
