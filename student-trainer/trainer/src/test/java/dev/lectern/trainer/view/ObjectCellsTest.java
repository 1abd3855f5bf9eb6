package dev.lectern.trainer.view;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.box.DistanceDecoder;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.record.BoxActivation;
import dev.lectern.schemas.record.BoxUnit;
import dev.lectern.trainer.assign.GroundTruth;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectCellsTest {
  private static final PriorGrid PRIORS = PriorGrid.points(List.of(new LevelGrid(8, 2, 2)), 0.5);

  @Test
  void theCellInAnObjectWhoseScoreAndBoxSuitItBestStandsForIt() {
    // Given an object that holds the centres (4, 4) and (12, 4), and one that holds none
    GroundTruth truth = new GroundTruth(new float[] {0, 0, 16, 8, 5, 5, 7, 7}, new int[] {1, 0});
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      // cell 0: sure of the class, half the box; cell 1: as sure, the whole box; cell 2 is outside
      NDArray cls = manager.create(new float[] {9, 9, 0, 0, 5, 3, 9, 0}, new Shape(1, 2, 2, 2));
      NDArray distances =
          manager.create(
              new float[] {
                0.5f, 1.5f, 0, 0, // left
                0.5f, 0.5f, 0, 0, // top
                0.5f, 0.5f, 0, 0, // right
                0.5f, 0.5f, 0, 0 // bottom
              },
              new Shape(1, 4, 2, 2));
      TeacherOutputs teacher =
          TeacherOutputs.dense(
              List.of(cls),
              List.of(distances),
              new BoxReading(new DistanceDecoder(BoxUnit.STRIDES, BoxActivation.NONE), PRIORS),
              List.of(),
              null);

      // When
      ObjectCells cells = ObjectCells.of(teacher, List.of(truth));

      // Then
      assertThat(cells.has(0, 0)).isTrue();
      assertThat(cells.logits(0, 0)).containsExactly(9, 3);
      assertThat(cells.box(0, 0)).containsExactly(0, 0, 16, 8);
      assertThat(cells.has(0, 1)).isFalse();
    }
  }
}
