package dev.lectern.detector.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReachablePositionsTest {
  private static final int SIZE = 256;

  private final TeacherDescriptor teacher =
      FamilyPreset.named("GFL")
          .describe(8, 0, List.of("a"), List.of(level(8), level(16), level(32)))
          .setName("t")
          .setInputName("x")
          .setInputWidth(SIZE)
          .setInputHeight(SIZE)
          .setChannelOrder(ChannelOrder.RGB)
          .setMean(List.of(0.0, 0.0, 0.0))
          .setStd(List.of(1.0, 1.0, 1.0))
          .setBatchSize(1)
          .build();

  private static HeadLevel level(int stride) {
    return HeadLevel.of(Level.of(stride, SIZE, SIZE), "c" + stride, "b" + stride);
  }

  @Test
  void everyRegionThatALossCanAskForIsReached() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 40; round++) {
      double offset = random.nextBoolean() ? 0 : 0.5;
      double scale = random.nextBoolean() ? 5 : 8;
      int topk = random.nextInt(1, 12);
      List<Integer> strides = random.nextBoolean() ? List.of(8, 16, 32) : List.of(16, 32);
      float[] boxes = boxes(random, random.nextInt(0, 7));
      List<int[]> reached =
          new ReachablePositions(
                  teacher,
                  List.of(
                      RegionRules.atssVlr(strides, AnchorGenerator.square(scale, offset), topk)))
              .of(boxes);

      int[] ofStudent = strides.stream().mapToInt(Integer::intValue).toArray();
      PriorGrid priors = new PriorGrid(PriorGrid.levels(SIZE, SIZE, ofStudent), offset, scale);
      boolean[] kept = new boolean[priors.positions()];
      for (int l = 0; l < strides.size(); l++) {
        for (int position : reached.get(l + 3 - strides.size())) {
          kept[priors.start(l) + position] = true;
        }
      }
      Assignment assignment =
          new AtssAssigner(topk).assign(priors.anchors(), priors.levelCounts(), boxes);
      for (double gamma : new double[] {0, 0.1, 0.25, 1}) {
        float[] official =
            ValuableRegion.official(priors.anchors(), boxes, assignment.thresholds(), gamma);
        float[] printed =
            ValuableRegion.paper(priors.anchors(), boxes, assignment.thresholds(), gamma);
        for (int i = 0; i < kept.length; i++) {
          if (official[i] > 0
              || printed[i] > 0
              || assignment.objects()[i] != Assignment.BACKGROUND) {
            assertThat(kept[i]).as("position %d, gamma %s", i, gamma).isTrue();
          }
        }
      }
      if (boxes.length == 0) {
        assertThat(kept).containsOnly(false);
      }
    }
  }

  @Test
  void severalPriorsGiveTheUnion() {
    float[] boxes = {20, 30, 90, 120, 100, 100, 240, 200};
    RegionPriors ours =
        RegionRules.atssVlr(List.of(8, 16, 32), AnchorGenerator.square(8.0, 0.0), 9);
    RegionPriors theirs = RegionRules.atssVlr(List.of(16, 32), AnchorGenerator.square(5.0, 0.5), 9);
    List<int[]> first = new ReachablePositions(teacher, List.of(ours)).of(boxes);
    List<int[]> second = new ReachablePositions(teacher, List.of(theirs)).of(boxes);

    List<int[]> both = new ReachablePositions(teacher, List.of(ours, theirs)).of(boxes);

    for (int l = 0; l < 3; l++) {
      assertThat(both.get(l))
          .containsExactly(
              IntStream.concat(IntStream.of(first.get(l)), IntStream.of(second.get(l)))
                  .distinct()
                  .sorted()
                  .toArray());
    }
    assertThat(second.get(0)).isEmpty();
  }

  @Test
  void aCellIsReachedWhenAnyOfItsAnchorsIs() {
    AnchorGenerator nine = new AnchorGenerator(4, 3, List.of(0.5, 1.0, 2.0), 0.0);
    List<Integer> strides = List.of(8, 16, 32);
    PriorGrid priors = new PriorGrid(PriorGrid.levels(SIZE, SIZE, strides), nine);
    SplittableRandom random = new SplittableRandom(2);
    for (int round = 0; round < 10; round++) {
      float[] boxes = boxes(random, random.nextInt(1, 7));
      int[] byOverlap = MaxIouAssigner.RETINANET.assign(priors.anchors(), boxes);
      Assignment atss = AtssAssigner.DEFAULT.assign(priors.anchors(), priors.levelCounts(), boxes);

      assertThat(kept(RegionRules.maxIou(strides, nine, 0.5, 0), boxes))
          .isEqualTo(cells(priors, i -> byOverlap[i] >= 0));
      boolean[] valuable = ValuableRegion.widest(priors.anchors(), boxes, atss.thresholds());
      assertThat(kept(RegionRules.atssVlr(strides, nine, 9), boxes))
          .isEqualTo(cells(priors, i -> valuable[i] || atss.objects()[i] >= 0));
    }
  }

  @Test
  void pointsAreReachedInsideOfBoxesOrByTheirRange() {
    List<Integer> strides = List.of(8, 16, 32);
    PriorGrid points = PriorGrid.points(PriorGrid.levels(SIZE, SIZE, strides), 0.5);
    List<Double> ranges = List.of(64.0, 128.0);
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 10; round++) {
      float[] boxes = boxes(random, random.nextInt(1, 7));
      List<List<Integer>> inside = kept(RegionRules.insideBox(strides, 0.5), boxes);
      assertThat(inside)
          .isEqualTo(cells(points, i -> isInside(points.centreX(i), points.centreY(i), boxes)));
      for (double radius : new double[] {0, 1.5}) {
        int[] byRange = FcosAssigner.ofRanges(ranges, strides, radius).assign(points, boxes);
        List<List<Integer>> fcos = kept(RegionRules.fcos(strides, 0.5, ranges, radius), boxes);
        assertThat(fcos).isEqualTo(cells(points, i -> byRange[i] >= 0));
        for (int l = 0; l < 3; l++) {
          assertThat(inside.get(l)).containsAll(fcos.get(l));
        }
      }
    }
    RegionPriors inside = RegionRules.insideBox(strides, 0.5);
    assertThat(RegionRules.covers(inside, RegionRules.fcos(strides, 0.5, ranges, 0))).isTrue();
    assertThat(RegionRules.covers(inside, RegionRules.fcos(strides, 0.0, ranges, 0))).isFalse();
    assertThat(RegionRules.covers(RegionRules.fcos(strides, 0.5, ranges, 0), inside)).isFalse();
  }

  /** They take part in the assignment all the same, for it looks at all levels together. */
  @Test
  void levelsThatTheTeacherLacksAreNotKept() {
    float[] boxes = {20, 30, 200, 220};
    AnchorGenerator square = AnchorGenerator.square(8, 0);
    List<Integer> more = List.of(16, 32, 64);
    PriorGrid priors = new PriorGrid(PriorGrid.levels(SIZE, SIZE, more), square);
    Assignment assigned = new AtssAssigner(9).assign(priors.anchors(), priors.levelCounts(), boxes);
    boolean[] valuable = ValuableRegion.widest(priors.anchors(), boxes, assigned.thresholds());

    List<List<Integer>> kept = kept(RegionRules.atssVlr(more, square, 9), boxes);

    List<List<Integer>> all = cells(priors, i -> valuable[i] || assigned.objects()[i] >= 0);
    assertThat(kept).containsExactly(List.of(), all.get(0), all.get(1));
    assertThat(all.get(1)).isNotEmpty();
    List<RegionPriors> none = List.of(RegionRules.atssVlr(List.of(64, 128), square, 9));
    assertThatThrownBy(() -> new ReachablePositions(teacher, none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("priors: found strides [64, 128], the teacher's levels have [8, 16, 32]");
  }

  private List<List<Integer>> kept(RegionPriors rule, float[] boxes) {
    return new ReachablePositions(teacher, List.of(rule))
        .of(boxes).stream().map(level -> IntStream.of(level).boxed().toList()).toList();
  }

  private static List<List<Integer>> cells(PriorGrid priors, IntPredicate reached) {
    return IntStream.range(0, priors.levels().size())
        .mapToObj(
            l ->
                IntStream.range(priors.start(l), priors.start(l + 1))
                    .filter(reached)
                    .map(i -> (i - priors.start(l)) / priors.anchorsPerCell())
                    .distinct()
                    .boxed()
                    .toList())
        .toList();
  }

  private static boolean isInside(double x, double y, float[] boxes) {
    return IntStream.range(0, boxes.length / 4)
        .map(g -> 4 * g)
        .anyMatch(
            g ->
                x > boxes[g] - 0.01
                    && y > boxes[g + 1] - 0.01
                    && x < boxes[g + 2] + 0.01
                    && y < boxes[g + 3] + 0.01);
  }

  @Test
  void theHighestClassOfAPositionDecidesAndTiesGoToTheLower() {
    // best per position: 3, 5, 5, 1
    FloatBuffer cls = FloatBuffer.wrap(new float[] {3, 0, 5, 1, 0, 5, 0, 0});
    assertThat(TopScorePositions.of(cls, 4, 1)).containsExactly(1);
    assertThat(TopScorePositions.of(cls, 4, 3)).containsExactly(0, 1, 2);
    assertThat(TopScorePositions.of(cls, 4, 9)).containsExactly(0, 1, 2, 3);
  }

  private static float[] boxes(SplittableRandom random, int count) {
    float[] boxes = new float[4 * count];
    for (int g = 0; g < count; g++) {
      float x = (float) (random.nextDouble() * 200);
      float y = (float) (random.nextDouble() * 200);
      boxes[4 * g] = x;
      boxes[4 * g + 1] = y;
      boxes[4 * g + 2] = x + 1 + (float) (random.nextDouble() * (255 - x));
      boxes[4 * g + 3] = y + 1 + (float) (random.nextDouble() * (255 - y));
    }
    return boxes;
  }
}
