package dev.lectern.detector.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
          new ReachablePositions(teacher, List.of(new RegionPriors(strides, offset, scale, topk)))
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
    RegionPriors ours = new RegionPriors(List.of(8, 16, 32), 0.0, 8.0, 9);
    RegionPriors theirs = new RegionPriors(List.of(16, 32), 0.5, 5.0, 9);
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
  void aStrideThatTheTeacherLacksIsRefused() {
    List<RegionPriors> priors = List.of(new RegionPriors(List.of(8, 64), 0.0, 8.0, 9));
    assertThatThrownBy(() -> new ReachablePositions(teacher, priors))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("priors: found stride 64, the teacher's levels have [8, 16, 32]");
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
