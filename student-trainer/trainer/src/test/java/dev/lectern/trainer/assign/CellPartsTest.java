package dev.lectern.trainer.assign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.detector.box.RoiLevels;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.assign.GroundTruth.Extent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Masks and label maps of a batch on 32 x 32 pixels: 16 cells of stride 8, 4 of stride 16. */
class CellPartsTest {
  private final PriorGrid priors = new PriorGrid(PriorGrid.levels(32, 32, 8, 16), 0.5, 1);
  private final GroundTruth object = new GroundTruth(new float[] {8, 8, 24, 16}, new int[] {7});

  @Test
  void theSmallestBoxGivesACellItsClass() {
    // Given a large box of class 1 over the whole image and a small one of class 0 in it
    GroundTruth nested =
        new GroundTruth(new float[] {8, 8, 16, 16, 0, 0, 32, 32}, new int[] {0, 1});

    int[][] cells = part(new ClassCells(), nested);

    assertThat(cells[0]).containsExactly(1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    // the coarse cells' corners lie outside the small box, which begins at 8
    assertThat(cells[1]).containsOnly(1);
  }

  @Test
  void paddingShowsNoClass() {
    GroundTruth padded = new GroundTruth(new float[0], new int[0], new Extent(32, 16));

    int[][] cells = part(new ClassCells(), padded);

    int no = ClassCells.NONE;
    int background = ClassCells.BACKGROUND;
    assertThat(cells[1]).containsExactly(background, no, background, no);
  }

  @Test
  void theSecondImageFollowsTheFirst() {
    boolean[][] cells = new ForegroundCells().of(batch(List.of(GroundTruth.NONE, object)));

    assertThat(cells[0]).hasSize(32);
    assertThat(cells[0][5]).isFalse();
    assertThat(cells[0][16 + 5]).isTrue();
    assertThat(cells[0][16 + 6]).isTrue();
    assertThat(cells[0][16 + 7]).isFalse();
    // small boxes belong to the finest level
    assertThat(cells[1]).containsOnly(false);
  }

  @Test
  void fineGrainedBoxesStayOnTheirLevelUnlessAskedOtherwise() {
    boolean[][] own = part(new FineGrainedCells(FineGrainedCells.Form.OWN_LEVEL), object);
    boolean[][] every = part(new FineGrainedCells(FineGrainedCells.Form.EVERY_LEVEL), object);

    assertThat(own[0]).contains(true);
    assertThat(own[1]).containsOnly(false);
    assertThat(every[0]).contains(true);
    assertThat(every[1]).contains(true);
  }

  @Test
  void boxesAreSharedOutToLevelsByTheirSize() {
    // 112 pixels are one octave below the canonical 224, which lies on stride 16
    float[] boxes = {0, 0, 112, 112, 0, 0, 224, 224, 0, 0, 900, 900};
    int[] strides = {8, 16, 32};
    List<float[]> images = List.of(new float[0], boxes);

    assertThat(RoiLevels.rois(images, strides, 0)).containsExactly(1, 0, 0, 112, 112);
    assertThat(RoiLevels.rois(images, strides, 1)).containsExactly(1, 0, 0, 224, 224);
    assertThat(RoiLevels.rois(images, strides, 2)).containsExactly(1, 0, 0, 900, 900);
  }

  private <T> T part(TargetPart<T> part, GroundTruth image) {
    return part.of(batch(List.of(image)));
  }

  private LabelledBatch batch(List<GroundTruth> images) {
    return new LabelledBatch(
        priors,
        priors.anchors(),
        images,
        images.stream()
            .map(
                truth ->
                    AtssAssigner.DEFAULT.assign(
                        priors.anchors(), priors.levelCounts(), truth.boxes()))
            .toList());
  }
}
