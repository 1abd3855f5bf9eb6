package dev.lectern.trainer.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.FcosAssigner;
import dev.lectern.detector.region.MaxIouAssigner;
import dev.lectern.trainer.family.dense.DenseTargetAssembler;
import dev.lectern.trainer.family.dense.DenseTargets;
import dev.lectern.trainer.family.reppoints.PointAssigner;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The assigners beside ATSS, and the foreground mask. */
class AssignersTest {
  @Test
  void overlapBetweenTheThresholdsIsIgnored() {
    // box [0,0,4,4] against itself 1, [0,0,4,9] 16/36 = 0.444, [4,0,8,4] 0
    float[] anchors = {0, 0, 4, 4, 0, 0, 4, 9, 4, 0, 8, 4};
    assertThat(MaxIouAssigner.RETINANET.assign(anchors, new float[] {0, 0, 4, 4}))
        .containsExactly(0, Assignment.IGNORED, Assignment.BACKGROUND);
  }

  @Test
  void boxTakesItsBestAnchorHoweverLow() {
    // IoU 4/16 with the only anchor that touches it
    float[] anchors = {0, 0, 4, 4, 8, 8, 12, 12};
    float[] box = {0, 0, 2, 2};
    assertThat(MaxIouAssigner.RETINANET.assign(anchors, box)).containsExactly(0, -1);
    assertThat(new MaxIouAssigner(0.5, 0.4, MaxIouAssigner.NO_LOW_QUALITY).assign(anchors, box))
        .containsExactly(-1, -1);
  }

  @Test
  void aPointWhosePredictionMissesItsObjectIsBackground() {
    // both points lie in the object; the first predicts it, the second a box beside it
    float[] object = {0, 0, 8, 8};
    float[] predictions = {0, 0, 8, 8, 20, 20, 28, 28};
    TaskAlignedAssigner.Targets targets =
        new TaskAlignedAssigner(10, 0.5, 6)
            .assign(
                new float[] {0.25f, 0.9f},
                predictions,
                new float[] {2, 2, 6, 6},
                new GroundTruth(object, new int[] {0}));

    assertThat(targets.objects()).containsExactly(0, Assignment.BACKGROUND);
    // m = 0.5 · 1, the largest of the object, times its largest overlap 1
    assertThat(targets.scores()).containsExactly(new float[] {1, 0}, within(1e-6f));
  }

  @Test
  void smallestOfSeveralBoxesOwnsThePoint() {
    PriorGrid priors = new PriorGrid(List.of(new LevelGrid(8, 2, 2)), 0.5, 1);
    FcosAssigner assigner = new FcosAssigner(new double[] {-1}, new double[] {100}, 0);
    // the whole map, and a box around the point (4, 4) only
    float[] boxes = {0, 0, 16, 16, 1, 2, 6, 8};
    assertThat(assigner.assign(priors, boxes)).containsExactly(1, 0, 0, 0);
    // l 3, t 2, r 2, b 4: sqrt(2/3 · 2/4)
    DenseTargets targets =
        new DenseTargetAssembler(
                priors, Assigner.of(priors, b -> assigner.assign(priors, b), List.of()), List.of())
            .assemble(List.of(new GroundTruth(boxes, new int[] {0, 1})));
    assertThat(targets.distances(8)).startsWith(3f / 8, 2f / 8, 2f / 8, 4f / 8);
    assertThat(targets.centerness()[0]).isCloseTo((float) Math.sqrt(1.0 / 3), within(1e-6f));
  }

  @Test
  void reachOutsideTheLevelsRangeIsBackgroundThoughInside() {
    PriorGrid priors = new PriorGrid(List.of(new LevelGrid(8, 1, 1)), 0.5, 1);
    FcosAssigner assigner = new FcosAssigner(new double[] {-1}, new double[] {10}, 0);
    assertThat(assigner.assign(priors, new float[] {0, 0, 16, 8}))
        .containsExactly(Assignment.BACKGROUND);
  }

  @Test
  void nearestPointOfTheBoxesLevelIsTaken() {
    // w = h = 32: log2(32 / 4) = 3, stride 8
    float[] points = {0, 0, 8, 8, 8, 8, 8, 8, 16};
    assertThat(new PointAssigner(4, 1).assign(points, new float[] {-9, -8, 23, 24}))
        .containsExactly(-1, 0, -1);
  }

  @Test
  void bestPredictionGetsItsOverlapAsScore() {
    // two points inside; the first predicts the box itself with score 1, the second nothing
    GroundTruth truth = new GroundTruth(new float[] {0, 0, 8, 8}, new int[] {1});
    TaskAlignedAssigner.Targets targets =
        new TaskAlignedAssigner(1, 0.5, 6)
            .assign(
                new float[] {0, 1, 1, 0.5f, 0, 0},
                new float[] {0, 0, 8, 8, 20, 20, 21, 21, 0, 0, 8, 8},
                new float[] {2, 2, 6, 6, 20, 20},
                truth);
    assertThat(targets.objects()).containsExactly(0, -1, -1);
    assertThat(targets.scores()[0]).isCloseTo(1, within(1e-6f));
  }

  @Test
  void boxIsDrawnOnItsOwnLevelOnly() {
    List<LevelGrid> levels = List.of(new LevelGrid(8, 4, 4), new LevelGrid(16, 2, 2));
    // side 16: level 0; cells 1 and 2 in x, 0 and 1 in y
    boolean[][] cells = ForegroundMask.cells(levels, new float[] {8, 0, 24, 16});
    assertThat(cells[0])
        .containsExactly(
            false, true, true, false, false, true, true, false, false, false, false, false, false,
            false, false, false);
    assertThat(cells[1]).containsOnly(false);
    // 150 pixels: log2(151 / 56) = 1.4
    assertThat(ForegroundMask.levelOf(new float[] {0, 0, 150, 150}, 0, 2)).isEqualTo(1);
  }

  @Test
  void boxOnTheLastColumnStaysInsideTheMap() {
    List<LevelGrid> levels = List.of(new LevelGrid(8, 1, 2));
    assertThat(ForegroundMask.cells(levels, new float[] {16, 8, 20, 12})[0])
        .containsExactly(false, true);
  }
}
