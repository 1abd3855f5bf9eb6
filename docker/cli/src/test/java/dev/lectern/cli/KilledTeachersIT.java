package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Workers that are killed (SIGKILL) at points that a seed draws, with another one beside them: what
 * is sealed is what one worker records that nobody kills. Some points lie between a view's
 * payloads, its receipt and its acknowledgement.
 *
 * <p>{@code -Dlectern.faults.points=200 -Dlectern.faults.seed=N -Dlectern.faults.shard=2/5}
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(4800)
class KilledTeachersIT {
  private static final Logger LOG = LoggerFactory.getLogger(KilledTeachersIT.class);
  private static final int PICTURES = 20;
  private static final int VIEWS_PER_IMAGE = 30;

  /** Points at which one recording's workers are killed. */
  private static final int PER_RECORDING = 6;

  private static final int POINTS = Integer.getInteger("lectern.faults.points", 12);
  private static final long SEED = Long.getLong("lectern.faults.seed", 1);
  private static final String SHARD = System.getProperty("lectern.faults.shard", "1/1");

  @TempDir private static Path dir;
  private Site site;
  private String digest;

  @BeforeAll
  void recordOnce() throws Exception {
    LOG.info("points={} seed={} shard={}", POINTS, SEED, SHARD);
    site = new Site(dir.resolve("site"));
    Path annotations = TinyTeacher.draw(dir, "train", PICTURES);
    TinyTeacher.write(dir, "teacher", 4);
    site.done(
        "publish",
        "--name=mini",
        "--format=coco",
        "--annotations=" + annotations,
        "--images=" + dir.resolve("images"),
        "--size=" + TinyTeacher.SIDE + "x" + TinyTeacher.SIDE,
        "--views-per-image=" + VIEWS_PER_IMAGE);
    site.record("mini", "untouched", dir.resolve("teacher"));
    digest = site.describe("untouched").get("digest").asText();
  }

  @AfterAll
  void stop() {
    site.close();
  }

  @Test
  void whatIsSealedIsWhatNobodyKilled() throws Exception {
    int shard = Integer.parseInt(SHARD.replaceFirst("/.*", ""));
    int shards = Integer.parseInt(SHARD.replaceFirst(".*/", ""));
    List<Integer> points =
        IntStream.range(0, POINTS).filter(point -> point % shards == shard - 1).boxed().toList();
    int killed = 0;
    for (int from = 0; from < points.size(); from += PER_RECORDING) {
      String recording = "killed-" + from;
      try (Child ledger = Child.start(dir, keeping(recording));
          Child other = Child.start(dir, teaching(recording, "survivor"))) {
        for (int point : points.subList(from, Math.min(points.size(), from + PER_RECORDING))) {
          killed += killOne(recording, point) ? 1 : 0;
        }
        assertThat(other.await()).as("seed %d: %s", SEED, other.output()).isZero();
        assertThat(ledger.await()).as("seed %d: %s", SEED, ledger.output()).isZero();
      }
      assertThat(site.describe(recording).get("digest").asText())
          .as("seed %d, %s", SEED, recording)
          .isEqualTo(digest);
      assertThat(site.describe(recording).get("deadLettered").asInt()).isZero();
      site.done("recordings", "verify", recording);
      site.done("recordings", "delete", recording, "--yes");
    }
    LOG.info("killed={} of points={} seed={}", killed, points.size(), SEED);
    assertThat(killed).as("workers killed while they recorded").isPositive();
  }

  /** Whether the recording was not complete yet. */
  private boolean killOne(String recording, int point) throws Exception {
    Random random = new Random(SEED * 1_000_003 + point);
    try (Child worker = Child.start(dir, teaching(recording, "victim-" + point))) {
      long giveUp = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      while (!worker.output().contains("worker started")) {
        assertThat(System.nanoTime()).as(worker.output()).isLessThan(giveUp);
        Thread.sleep(20);
      }
      Thread.sleep(random.nextInt(2_500));
      boolean working = receipts(recording) < (long) PICTURES * VIEWS_PER_IMAGE;
      worker.kill();
      return working;
    }
  }

  private long receipts(String recording) {
    try (TopicReader<?, ?> reader =
        TopicReader.sequential(site.kafka(), Topics.receipts(recording))) {
      return reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private String[] teaching(String recording, String worker) {
    return connected(
        Stream.of(
            "teach",
            "--dataset=mini",
            "--recording=" + recording,
            "--teacher=" + dir.resolve("teacher.yaml"),
            "--model=" + dir.resolve("teacher.onnx"),
            "--threads=1",
            "--lanes=2",
            "--worker=" + worker,
            "--until-sealed"));
  }

  private String[] keeping(String recording) {
    return connected(
        Stream.of(
            "ledger",
            "--recording=" + recording,
            "--state-dir=" + dir.resolve("state"),
            "--until-sealed"));
  }

  private String[] connected(Stream<String> words) {
    return Stream.concat(
            words, Stream.of("--bootstrap-servers=" + site.kafka().get("bootstrap.servers")))
        .toArray(String[]::new);
  }
}
