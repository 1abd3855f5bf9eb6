package dev.lectern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lectern.teacher.model.FixedTimeTeacher;
import dev.lectern.teacher.recording.TeacherFactory;
import dev.lectern.watch.Advice;
import dev.lectern.watch.FleetView;
import dev.lectern.watch.RunView;
import dev.lectern.watch.Side;
import dev.lectern.watch.WorkerView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is said of a real fleet whose bottleneck is known: two recordings of the same views, one
 * with a slow teacher, one with a slow student.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class StatusIT {
  private static final Duration LONG = Duration.ofMinutes(4);
  private static final String SLOW_TEACHER = "slow-teacher";
  private static final String SLOW_STUDENT = "slow-student";

  @TempDir private static Path dir;
  private LiveFleet fleet;

  @BeforeAll
  void startBothSides() throws Exception {
    fleet = LiveFleet.start(dir, 240, 8);
    // 8 views in 12 s: 248 views take six minutes; its run does sixty short epochs.
    fleet.record(SLOW_TEACHER, List.of("sloth"), fixedTime(Duration.ofSeconds(12)));
    // 8 views in 5 s: two minutes and a half; its run needs an hour for a thousand steps.
    fleet.record(SLOW_STUDENT, List.of("hare"), fixedTime(Duration.ofSeconds(5)));
    fleet.await(
        "something recorded",
        LONG,
        view -> view.recordings().stream().filter(r -> r.counts().recorded() > 0).count() == 2);
    fleet.train("quick-run", SLOW_TEACHER, Duration.ofMillis(100), settings(60));
    fleet.train("patient-run", SLOW_STUDENT, Duration.ofSeconds(4), settings(1000));
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  @Test
  @Order(1)
  void theSlowSideIsNamedOnEachSideInTurn() throws Exception {
    FleetView view =
        fleet.await(
            "the slow teacher and the slow student",
            LONG,
            v ->
                bottleneck(v, SLOW_TEACHER) == Side.INFERENCE
                    && bottleneck(v, SLOW_STUDENT) == Side.TRAINING
                    && run(v, "quick-run").imagesPerSecond() > 0);

    WorkerView sloth = worker(view, "sloth");
    assertThat(sloth.inferenceViewsPerSecond()).isBetween(0.5, 1.2);
    assertThat(sloth.stages()).containsKeys("decode", "inference", "encode", "publish");
    assertThat(sloth.batchSize()).isEqualTo(8);
    RunView patient = run(view, "patient-run");
    assertThat(patient.recordings()).containsExactly(SLOW_STUDENT);
    assertThat(patient.losses().curve().steps()).isNotEmpty();
    assertThat(patient.losses().losses()).containsKey("loss_ld");
  }

  @Test
  @Order(2)
  void theCommandSaysTheSameInWordsAndInJson() throws Exception {
    CommandRun words =
        CommandRun.of("status", "--finish-by", "60m", "--bootstrap-servers", fleet.servers());
    CommandRun json =
        CommandRun.of(
            "status", "--json", "--finish-by", "60m", "--bootstrap-servers", fleet.servers());

    assertThat(words.exitCode()).as(words.err()).isZero();
    assertThat(words.out())
        .contains("The teachers set the pace of slow-teacher")
        .contains("sloth")
        .contains("patient-run")
        .contains("1 worker finishes");
    assertThat(words.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(80));
    JsonNode tree = new ObjectMapper().readTree(json.out());
    assertThat(tree.at("/version").asInt()).isEqualTo(1);
    assertThat(tree.at("/finishBy/plans/0/workersNeeded").asInt()).isPositive();
    assertThat(json.out().lines()).hasSize(1);
    assertThat(CommandRun.of("status", "--finish-by", "never").exitCode()).isEqualTo(2);
  }

  @Test
  @Order(3)
  void whoEndsSaysSo() throws Exception {
    fleet.stop();

    FleetView view =
        fleet.await(
            "the end",
            LONG,
            v -> v.workers().stream().allMatch(w -> w.presence().state().equals("ended")));
    assertThat(view.runs()).allMatch(r -> r.presence().state().equals("ended"));
    assertThat(view.recordings()).allMatch(r -> List.of("ended", "none").contains(r.ledger()));
  }

  private static String settings(int epochs) {
    return """
        epochs: %d
        batch-size: 8
        losses: [{name: ld}]
        checkpoint: {every-epochs: 100000}
        evaluation: {split: none}
        """
        .formatted(epochs);
  }

  private static TeacherFactory fixedTime(Duration time) {
    return (config, descriptor, kinds) -> new FixedTimeTeacher(descriptor, kinds, time);
  }

  private static Side bottleneck(FleetView view, String recording) {
    return view.advice().stream()
        .filter(a -> a.recording().equals(recording))
        .map(Advice::bottleneck)
        .findAny()
        .orElse(null);
  }

  private static RunView run(FleetView view, String name) {
    return view.runs().stream().filter(r -> r.name().equals(name)).findAny().orElseThrow();
  }

  private static WorkerView worker(FleetView view, String name) {
    return view.workers().stream().filter(w -> w.worker().equals(name)).findAny().orElseThrow();
  }
}
