package dev.lectern.trainer.distil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.distil.Holistic.Form;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.gfl.GflObjective;
import dev.lectern.trainer.family.gfl.GflSettings;
import dev.lectern.trainer.loss.Tensors;
import dev.lectern.trainer.testing.StudentMaps;
import dev.lectern.trainer.testing.TeacherMaps;
import dev.lectern.trainer.view.AnchorMaximum;
import dev.lectern.trainer.view.LevelMaps;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HolisticTest {
  private static final int SIDE = 64;
  private static final int BINS = 8;
  private static final PriorGrid PRIORS =
      new PriorGrid(PriorGrid.levels(SIDE, SIDE, new int[] {8}), 0, 2);
  @RegisterExtension private final Tensors tensors = new Tensors();
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager("PyTorch");
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** A term with all that it keeps. */
  private record Kept(Term term, ParameterBuilder parameters, Layers layers) {}

  @ParameterizedTest
  @EnumSource(Form.class)
  void stepsAfterAPauseAreThoseOfOneRun(Form form) {
    Kept whole = term(form, 1);
    for (int step = 0; step < 4; step++) {
      step(whole, step);
    }
    Kept first = term(form, 1);
    step(first, 0);
    step(first, 1);
    Kept second = term(form, 2);
    for (int i = 0; i < first.parameters().created().size(); i++) {
      Parameter stored = first.parameters().created().get(i);
      second.parameters().created().get(i).set(stored.values());
    }
    step(second, 2);
    step(second, 3);

    for (int i = 0; i < whole.parameters().created().size(); i++) {
      Parameter expected = whole.parameters().created().get(i);
      assertThat(second.parameters().created().get(i).values())
          .as(expected.name())
          .containsExactly(expected.values());
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void theDiscriminatorLearnsToTellTheNetworksApart(Form form) {
    Kept term = term(form, 1);
    float before = step(term, 0);
    float after = 0;
    for (int step = 1; step < 30; step++) {
      after = step(term, step);
    }

    assertThat(after).isGreaterThan(before + 0.1f);
  }

  @Test
  void itsStepLeavesNothingForTheRunToTrain() {
    Kept term = term(Form.WGAN_GP, 1);
    step(term, 0);

    assertThat(term.layers().learned()).isEmpty();
    for (Parameter parameter : term.parameters().created()) {
      if (parameter.isLearned()) {
        assertThat(parameter.array().getGradient().toFloatArray())
            .as(parameter.name())
            .containsOnly(0);
      }
    }
  }

  @Test
  void theStudentIsPulledAlongTheScores() {
    NDArray map = tensors.random(3, 1, 1, 2, 8, 8);
    float[] gradient = tensors.gradient(map, m -> value(term(Form.HINGE, 1), m, 0));
    float[] moved = map.toFloatArray();
    double square = 0;
    for (float g : gradient) {
      square += g * g;
    }
    double size = 1e-2 / Math.sqrt(square);
    for (int i = 0; i < moved.length; i++) {
      moved[i] -= (float) (size * gradient[i]);
    }
    float before = value(term(Form.HINGE, 1), map, 0).getFloat();
    float after = value(term(Form.HINGE, 1), tensors.of(map.getShape(), moved), 0).getFloat();

    assertThat((before - after) / (size * square)).isCloseTo(1, within(0.1));
  }

  @Test
  void ofSeveralAnchorsTheLargestLogitsAreJudged() {
    // Given three anchors of two classes
    NDArray ours = tensors.random(3, 1, 1, 6, 8, 8);
    NDArray theirs = tensors.random(4, 1, 1, 6, 8, 8);

    assertThat(judged(ours, theirs))
        .isEqualTo(judged(AnchorMaximum.of(ours, 3), AnchorMaximum.of(theirs, 3)));
  }

  private float judged(NDArray ours, NDArray theirs) {
    LevelMaps maps = new LevelMaps("class logits", List.of(ours), Map.of(0, theirs), 1);
    Step step =
        new Step(
            null,
            maps,
            Optional.empty(),
            null,
            null,
            null,
            Optional.empty(),
            null,
            TrainingProgress.START,
            ours.getManager());
    return term(Form.HINGE, 1).term().addends(step).orElseThrow().values().sum().getFloat();
  }

  private Kept term(Form form, long seed) {
    ParameterBuilder parameters = new ParameterBuilder(manager, seed, List.of());
    Pairing pairing =
        new Pairing(
            PRIORS,
            new GroundTruth.Extent(SIDE, SIDE),
            Assigner.atss(PRIORS, AtssAssigner.DEFAULT),
            2,
            List.of(4),
            List.of(4),
            0,
            7);
    Layers layers = new Layers(pairing, parameters, "").of("holistic");
    return new Kept(
        Methods.of("{name: holistic, channels: 4, form: " + form + "}").term(pairing, layers),
        parameters,
        layers);
  }

  /** The value of a step on maps that never change. */
  private float step(Kept term, int step) {
    NDArray map = tensors.random(11, 1, 2, 2, 8, 8);
    map.setRequiresGradient(true);
    NDArray value = value(term, map, step);
    Tensors.backward(value);
    return value.getFloat();
  }

  private NDArray value(Kept term, NDArray map, int step) {
    int images = (int) map.getShape().get(0);
    Outputs<NDArray> student =
        StudentMaps.of(
            List.of(map), List.of(tensors.random(12, 1, images, 4 * BINS, 8, 8)), List.of());
    NDArray teacher = tensors.random(13, 3, images, 2, 8, 8);
    TeacherOutputs teachers =
        TeacherMaps.dense(
            PRIORS,
            List.of(teacher),
            List.of(tensors.random(14, 1, images, 4 * BINS, 8, 8)),
            List.of(),
            DistributionRebinning.between(BINS, 0, BINS, 0));
    DenseTargetAssembler assembler =
        new DenseTargetAssembler(PRIORS, Assigner.atss(PRIORS, AtssAssigner.DEFAULT), Set.of());
    Objective objective =
        new Objective(
            new GflObjective(GflSettings.PUBLISHED, BINS, assembler),
            List.of(WeightedTerm.of("loss_holistic", 1, term.term())));
    return objective
        .losses(
            student,
            List.of(teachers),
            assembler.assemble(Collections.nCopies(images, GroundTruth.NONE)),
            new TrainingProgress(step, 0, 1))
        .byName()
        .get("loss_holistic");
  }
}
