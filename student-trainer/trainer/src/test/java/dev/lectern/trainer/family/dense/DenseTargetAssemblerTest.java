package dev.lectern.trainer.family.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.assign.TargetPart;
import java.util.List;
import org.junit.jupiter.api.Test;

class DenseTargetAssemblerTest {
  // 32 x 32 pixels: 16 positions of stride 8, 4 of stride 16
  private final PriorGrid priors = new PriorGrid(PriorGrid.levels(32, 32, 8, 16), 0.5, 1);
  // exactly the anchor of cell (1, 1) of the fine level
  private final GroundTruth object = new GroundTruth(new float[] {8, 8, 16, 16}, new int[] {7});

  @Test
  void boxIsGivenInStridesOfItsLevel() {
    DenseTargets targets = assembler().assemble(List.of(object));
    assertThat(targets.positives().rows()).containsExactly(5);
    assertThat(targets.positives().bounds()).containsExactly(0, 1, 1);
    assertThat(targets.labels()).containsExactly(7);
    assertThat(targets.boxes()).containsExactly(1, 1, 2, 2);
    assertThat(targets.centres()).containsExactly(1.5f, 1.5f);
    assertThat(targets.distances(6.9)).containsExactly(0.5f, 0.5f, 0.5f, 0.5f);
  }

  @Test
  void rowsOfTheSecondImageFollowThoseOfTheFirstOnEachLevel() {
    DenseTargets targets = assembler().assemble(List.of(GroundTruth.NONE, object));
    assertThat(targets.positives().rows()).containsExactly(16 + 5);
    assertThat(targets.rows().row(1, 5)).isEqualTo(21);
    assertThat(targets.rows().row(1, 16)).isEqualTo(32 + 4);
    // the image without objects counts as one sample
    assertThat(targets.samples()).isEqualTo(2);
  }

  @Test
  void anImageThatNobodyAnnotatedIsIgnoredWhollyAndIsNoSample() {
    DenseTargets targets = assembler().assemble(List.of(GroundTruth.UNLABELLED, object));

    // rows: 16 of each image on the fine level, then 4 of each
    assertThat(targets.ignored())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 32, 33, 34, 35);
    assertThat(targets.positives().rows()).containsExactly(16 + 5);
    assertThat(targets.samples()).isEqualTo(1);
  }

  @Test
  void whatATeacherFindsIsARegionThatTheOwnLossesIgnore() {
    // Given
    RegionPart inside = new RegionPart(RegionPart.Kind.INSIDE_BOX, 0);
    RegionPart found = new RegionPart(RegionPart.Kind.TEACHER_BOXES, 0);
    GroundTruth unlabelled =
        GroundTruth.found(object.boxes(), object.labels(), GroundTruth.Extent.WHOLE, false);
    GroundTruth beside = object.beside(new float[] {0, 0, 7, 7});
    DenseTargetAssembler assembler = assembler(inside, found, RegionPart.VALUABLE);

    // When
    DenseTargets targets = assembler.assemble(List.of(unlabelled, beside));
    DenseTargets annotated = assembler.assemble(List.of(object, object));

    // Then
    assertThat(targets.positives().rows()).containsExactly(16 + 5);
    assertThat(targets.ignored()).hasSize(16 + 4).contains(5);
    assertThat(targets.samples()).isEqualTo(1);
    assertThat(targets.region(RegionPart.MAIN).rows()).containsExactly(5, 16 + 5);
    assertThat(targets.region(inside).rows()).isEqualTo(annotated.region(inside).rows());
    assertThat(targets.region(RegionPart.VALUABLE).rows())
        .isEqualTo(annotated.region(RegionPart.VALUABLE).rows());
    // the centres of [8,8,16,16] on the fine level; [0,0,7,7] of the second has none but (0, 0)
    assertThat(targets.region(found).rows()).contains(5).doesNotContain(16 + 5);
    assertThat(targets.isAnnotated(0)).isFalse();
    assertThat(targets.isAnnotated(1)).isTrue();
  }

  @Test
  void pseudoLabelsAreLearned() {
    GroundTruth pseudo =
        GroundTruth.found(object.boxes(), object.labels(), GroundTruth.Extent.WHOLE, true);

    DenseTargets targets = assembler().assemble(List.of(pseudo));

    assertThat(targets.positives().rows()).containsExactly(5);
    assertThat(targets.labels()).containsExactly(7);
    assertThat(targets.ignored()).isEmpty();
    assertThat(targets.isAnnotated(0)).isFalse();
  }

  @Test
  void valuableRowsAreWeighedAndGroupedByLevel() {
    DenseTargets targets = assembler(RegionPart.VALUABLE).assemble(List.of(object));
    RowRegion valuable = targets.region(RegionPart.VALUABLE);
    assertThat(valuable.count()).isPositive();
    assertThat(valuable.bounds()[2]).isEqualTo(valuable.count());
    // the coarse anchor [0,0,16,16] around it: 64 of 256 pixels
    assertThat(valuable.rows()[valuable.bounds()[1]]).isEqualTo(16);
    assertThat(valuable.weights()[valuable.bounds()[1]]).isCloseTo(0.25f, within(1e-6f));
  }

  @Test
  void aRegionHasTheCellsOfItsRows() {
    RegionPart inside = new RegionPart(RegionPart.Kind.INSIDE_BOX, 0);
    DenseTargets targets = assembler(inside).assemble(List.of(GroundTruth.NONE, object));
    // the second image's cells follow the first image's 16
    boolean[] fine = targets.region(inside).cells(0, targets.rows());
    assertThat(fine).hasSize(32);
    assertThat(fine[5]).isFalse();
    assertThat(fine[16 + 5]).isTrue();
    assertThat(fine[16 + 6]).isFalse();
    assertThat(targets.region(inside).cells(1, targets.rows())).hasSize(8);
  }

  @Test
  void aPartThatNobodyAskedForIsNamed() {
    DenseTargets targets = assembler().assemble(List.of(object));
    assertThatThrownBy(() -> targets.part(RegionPart.VALUABLE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the targets lack RegionPart[kind=VALUABLE, gamma=0.25]");
  }

  @Test
  void batchWithoutObjectsHasNoPositives() {
    DenseTargets targets =
        assembler(RegionPart.VALUABLE).assemble(List.of(GroundTruth.NONE, GroundTruth.NONE));
    assertThat(targets.positives().count()).isZero();
    assertThat(targets.region(RegionPart.VALUABLE).count()).isZero();
  }

  @Test
  void distancesAreClampedBelowTheLastBin() {
    GroundTruth large = new GroundTruth(new float[] {0, 0, 32, 32}, new int[] {0});
    DenseTargetAssembler assembler =
        new DenseTargetAssembler(priors, Assigner.atss(priors, new AtssAssigner(16)), List.of());
    for (float distance : assembler.assemble(List.of(large)).distances(1.9)) {
      assertThat(distance).isBetween(0f, 1.9f);
    }
  }

  private DenseTargetAssembler assembler(TargetPart<?>... parts) {
    return new DenseTargetAssembler(
        priors, Assigner.atss(priors, AtssAssigner.DEFAULT), List.of(parts));
  }
}
