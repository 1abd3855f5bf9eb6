package dev.lectern.trainer.family.dense;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.DistributionRebinning;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.OnLevels;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.distil.EveryForm;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.family.Objective;
import dev.lectern.trainer.family.gfl.GflObjective;
import dev.lectern.trainer.family.gfl.GflSettings;
import dev.lectern.trainer.loss.Tensors;
import dev.lectern.trainer.testing.StudentMaps;
import dev.lectern.trainer.testing.TeacherMaps;
import dev.lectern.trainer.view.TeacherOutputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A student of three levels learns from a teacher of two what a student of these two levels alone
 * would: every form of every method.
 */
class LevelsInCommonTest {
  private static final int SIDE = 64;
  private static final int[] STRIDES = {8, 16, 32};
  private static final int BINS = 8;
  private static final int CHANNELS = 6;
  private static final List<GroundTruth> IMAGES =
      List.of(
          new GroundTruth(new float[] {2, 3, 60, 62, 30, 5, 46, 20}, new int[] {0, 1})
              .beside(new float[] {4, 3, 60, 60}),
          new GroundTruth(new float[] {8, 8, 34, 40}, new int[] {1})
              .beside(new float[] {6, 8, 36, 40}));

  @RegisterExtension private final Tensors tensors = new Tensors();

  /**
   * Without what reads every level of the student whatever the teacher has, names its level, or
   * reads no levels.
   */
  static Stream<Method> forms() {
    return EveryForm.all()
        .filter(loss -> !List.of("token_cosine", "defeat_head").contains(loss.name()));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void theFinerTwoOfThreeAreSeenAlone(Method loss) {
    check(loss, List.of(0, 1));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void theOuterTwoOfThreeAreSeenAlone(Method loss) {
    if (!loss.name().equals("holistic")) { // it compares level 0 alone
      check(loss, List.of(0, 2));
    }
  }

  private void check(Method loss, List<Integer> common) {
    PriorGrid all = new PriorGrid(PriorGrid.levels(SIDE, SIDE, STRIDES), 0, 2);
    PriorGrid some = all.onLevels(common);
    Assigner assigner = Assigner.atss(all, AtssAssigner.DEFAULT);
    List<Assignment> assigned =
        IMAGES.stream().map(image -> assigner.assign(image.boxes())).toList();
    int[] positions = all.positionsOf(common);
    List<TargetPart<?>> parts = new ArrayList<>();
    parts.add(new OnLevels<>(common, RegionPart.MAIN));
    loss.needs().parts().forEach(part -> parts.add(new OnLevels<>(common, part)));
    DenseTargetAssembler three = new DenseTargetAssembler(all, assigner, parts);
    DenseTargetAssembler two =
        new DenseTargetAssembler(some, assigner.onLevels(all, common), loss.needs().parts());
    Pairing pairing =
        new Pairing(
            all,
            new GroundTruth.Extent(SIDE, SIDE),
            assigner,
            2,
            Collections.nCopies(STRIDES.length, CHANNELS),
            Collections.nCopies(STRIDES.length, CHANNELS),
            0,
            3);

    float seen =
        value(
            loss,
            pairing.onLevels(common),
            three,
            three.assemble(IMAGES, assigned),
            student(all, List.of(0, 1, 2)),
            teacher(all, common, common));
    float alone =
        value(
            loss,
            new Pairing(
                some,
                pairing.input(),
                two.assigner(),
                2,
                Collections.nCopies(common.size(), CHANNELS),
                Collections.nCopies(common.size(), CHANNELS),
                0,
                3),
            two,
            two.assemble(IMAGES, assigned.stream().map(one -> one.at(positions)).toList()),
            student(all, common),
            teacher(all, common, List.of()));

    assertThat(seen).as("%s", loss).isEqualTo(alone);
    assertThat(Math.abs(seen)).as("%s", loss).isPositive();
  }

  private float value(
      Method loss,
      Pairing pairing,
      DenseTargetAssembler assembler,
      DenseTargets targets,
      Outputs<NDArray> student,
      TeacherOutputs teacher) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Layers layers = new Layers(pairing, new ParameterBuilder(manager, 1, List.of()), "");
      WeightedTerm term = WeightedTerm.of("loss_term", 1, loss.term(pairing, layers.of("term")));
      return new Objective(new GflObjective(GflSettings.PUBLISHED, BINS, assembler), List.of(term))
          .losses(student, List.of(teacher), targets, TrainingProgress.START)
          .byName()
          .get("loss_term")
          .getFloat();
    }
  }

  private Outputs<NDArray> student(PriorGrid priors, List<Integer> levels) {
    Outputs<NDArray> outputs =
        StudentMaps.of(
            maps(1, priors, levels, 2),
            maps(2, priors, levels, 4 * BINS),
            maps(3, priors, levels, CHANNELS));
    outputs.all().forEach(map -> map.setRequiresGradient(true));
    return outputs;
  }

  private TeacherOutputs teacher(PriorGrid priors, List<Integer> levels, List<Integer> seen) {
    TeacherOutputs dense =
        TeacherMaps.dense(
            priors.onLevels(levels),
            maps(4, priors, levels, 2),
            maps(5, priors, levels, 4 * BINS),
            maps(6, priors, levels, CHANNELS),
            DistributionRebinning.between(BINS, 0, BINS, 0));
    return new TeacherOutputs(
        dense.cls(),
        dense.boxes(),
        dense.reading(),
        dense.clsMaps(),
        dense.features(),
        dense.tokens(),
        dense.rebinning(),
        dense.anchors(),
        seen);
  }

  private List<NDArray> maps(long seed, PriorGrid priors, List<Integer> levels, int channels) {
    List<NDArray> maps = new ArrayList<>();
    for (int level : levels) {
      int side = priors.levels().get(level).height();
      maps.add(tensors.random(100 * seed + level, 1, IMAGES.size(), channels, side, side));
    }
    return maps;
  }
}
