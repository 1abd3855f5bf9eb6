package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.trainer.distil.LossSchedule;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.Losses;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * A student of three parameters: the own loss moves {@code trunk} and {@code box}, the term {@code
 * trunk} and {@code adapted}.
 */
class GradientSharesTest {
  private static final LossSchedule HALF_AT_FIRST =
      new LossSchedule(2, 0, LossSchedule.Decay.NONE, 0, null);

  private final NDManager manager = NDManager.newBaseManager();
  private final Parameter trunk = parameter("trunk", 1, 2);
  private final Parameter box = parameter("box", 5);
  private final Parameter adapted = parameter("adapted", 7);
  private final Parameters student = new Parameters(List.of(trunk, box, adapted));

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void aTermGetsItsShareOfTheGradientOnWhatBothMove() {
    // Given an own loss whose gradient on the trunk is (3, 4), and a term's of (6, 8)
    GradientShares shares =
        new GradientShares(List.of(term(0.1, LossSchedule.CONSTANT)), Set.of(), student);

    // When
    measure(shares, 1, 0);

    // Then the term, twice as strong, is to have a tenth
    assertThat(shares.measured()).containsEntry("loss_kd", List.of(2.0));
    assertThat(shares.factors().get("loss_kd")).isCloseTo(0.05, within(1e-9));
  }

  @Test
  void aScheduleThatHasNotRisenYetDoesNotCount() {
    GradientShares shares =
        new GradientShares(List.of(term(0.1, HALF_AT_FIRST)), Set.of(), student);

    measure(shares, 0.5, 0);

    assertThat(shares.factors().get("loss_kd")).isCloseTo(0.05, within(1e-9));
  }

  @Test
  void itMeasuresTheFirstStepsAndThenNoMore() {
    GradientShares shares =
        new GradientShares(List.of(term(null, LossSchedule.CONSTANT)), Set.of(), student);

    for (int step = 0; step < GradientShares.MEASUREMENTS; step++) {
      assertThat(shares.measures(at(step))).isTrue();
      measure(shares, 1, step);
    }

    assertThat(shares.measures(at(GradientShares.MEASUREMENTS))).isFalse();
    assertThat(shares.factors()).as("a term with a weight keeps it").isEmpty();
  }

  @Test
  void aStepWithoutOwnLossesMeasuresNothing() {
    GradientShares shares =
        new GradientShares(List.of(term(0.1, LossSchedule.CONSTANT)), Set.of(), student);

    GradientMode.recording(
        () -> {
          Losses losses = losses(0, 1);
          shares.measure(losses, at(0));
          return losses;
        });

    assertThat(shares.measured()).containsEntry("loss_kd", List.of());
    assertThat(shares.measures(at(1))).isTrue();
    assertThat(shares.factors()).as("left out until then").containsEntry("loss_kd", 0.0);
  }

  @Test
  void aStepInWhichTheTermDoesNotPullMeasuresNothing() {
    GradientShares shares =
        new GradientShares(List.of(term(0.1, LossSchedule.CONSTANT)), Set.of(), student);

    for (int step = 0; step < GradientShares.MEASUREMENTS; step++) {
      measure(shares, 0, step);
    }
    measure(shares, 1, GradientShares.MEASUREMENTS);

    assertThat(shares.measured()).containsEntry("loss_kd", List.of(2.0));
    assertThat(shares.factors().get("loss_kd")).isCloseTo(0.05, within(1e-9));
  }

  @Test
  void aShareIsTimesTheWeightOfItsTeacher() {
    Method kd =
        Methods.of(
            "{name: kd, weight: 10, share: 0.1, teachers: [{recording: a, weight: 3}, {recording: b}]}");

    assertThat(LossPlan.of(List.of(kd), List.of("a", "b")).entries())
        .extracting(LossPlan.Entry::weight, entry -> (float) (double) entry.share())
        .containsExactly(tuple(30.0, 0.3f), tuple(10.0, 0.1f));
  }

  @Test
  void aTermOnLogitsThatPullsTenTimesAsMuchIsWarnedOf() {
    // Given a term that pulls 20 times as much
    List<WeightedTerm> terms = List.of(term(null, LossSchedule.CONSTANT));

    assertThat(warnings(new GradientShares(terms, Set.of(), student)))
        .singleElement()
        .asString()
        .startsWith("loss_kd dominates: its gradient is 20.0 times")
        .contains("weight 0.00500");
    assertThat(warnings(new GradientShares(terms, Set.of("loss_kd"), student)))
        .as("a term on features begins far above its share")
        .isEmpty();
  }

  private List<String> warnings(GradientShares shares) {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(GradientShares.class);
    logger.addAppender(log);
    try {
      for (int step = 0; step < GradientShares.MEASUREMENTS; step++) {
        int now = step;
        GradientMode.recording(
            () -> {
              Losses losses = losses(1, 10);
              shares.measure(losses, at(now));
              return losses;
            });
      }
    } finally {
      logger.detachAppender(log);
    }
    return log.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void whatWasMeasuredIsRestored() {
    GradientShares shares =
        new GradientShares(List.of(term(0.1, LossSchedule.CONSTANT)), Set.of(), student);

    shares.restore(Map.of("loss_kd", List.of(4.0, 0.0, 1.0, 2.0)));

    assertThat(shares.factors().get("loss_kd")).isCloseTo(0.05, within(1e-9));
  }

  private void measure(GradientShares shares, double schedule, int step) {
    GradientMode.recording(
        () -> {
          Losses losses = losses(1, schedule);
          shares.measure(losses, at(step));
          return losses;
        });
  }

  /** The losses of a step: own = 3 t0 + 4 t1 + 100 box, term = 6 t0 + 8 t1 + 100 adapted. */
  private Losses losses(double own, double schedule) {
    LossTerm ownLoss =
        new LossTerm("loss_cls").add(weighted(trunk, 3, 4)).add(weighted(box, 100)).times(own);
    LossTerm term =
        new LossTerm("loss_kd")
            .add(weighted(trunk, 6, 8))
            .add(weighted(adapted, 100))
            .times(schedule);
    return new Losses(List.of(ownLoss, term), trunk.array().sum().mul(0));
  }

  private NDArray weighted(Parameter parameter, float... weights) {
    return parameter.array().mul(manager.create(weights));
  }

  private Parameter parameter(String name, float... values) {
    return new Parameter(name, manager.create(values), Parameter.Role.LEARNED);
  }

  private static WeightedTerm term(Double share, LossSchedule schedule) {
    return new WeightedTerm("loss_kd", 0, 1, schedule, share, step -> Optional.empty());
  }

  private static TrainingProgress at(int step) {
    return new TrainingProgress(step, 0, 1);
  }
}
