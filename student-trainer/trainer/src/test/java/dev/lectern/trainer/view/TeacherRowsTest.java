package dev.lectern.trainer.view;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.lectern.trainer.loss.Tensors;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A teacher's rows at students of other numbers of anchors per cell. */
class TeacherRowsTest {
  @RegisterExtension private final Tensors tensors = new Tensors();

  /** One image, two anchors, two classes, two cells. */
  private NDArray twoAnchors() {
    // anchor 0: class 0 (1, 5), class 1 (2, 6); anchor 1: class 0 (3, -7), class 1 (-4, 8)
    return tensors.of(new Shape(1, 4, 1, 2), 1, 5, 2, 6, 3, -7, -4, 8);
  }

  @Test
  void asManyAnchorsAreComparedOneByOne() {
    TeacherRows rows = TeacherRows.of(List.of(twoAnchors()), 2, 2);

    assertThat(rows.at(new int[] {0, 1, 2, 3}).toFloatArray())
        .containsExactly(1, 2, 3, -4, 5, 6, -7, 8);
  }

  @Test
  void aStudentOfOneAnchorGetsTheLargestLogitOfEachClass() {
    TeacherRows rows = TeacherRows.of(List.of(twoAnchors()), 2, 1);

    assertThat(rows.covered()).isEqualTo(2);
    assertThat(rows.at(new int[] {0, 1}).toFloatArray()).containsExactly(3, 2, 5, 8);
    assertThat(AnchorMaximum.of(twoAnchors(), 2).toFloatArray()).containsExactly(3, 5, 2, 8);
  }

  @Test
  void theRowOfACellServesEachOfTheStudentsAnchors() {
    NDArray map = tensors.of(new Shape(1, 2, 1, 2), 1, 5, 2, 6);

    TeacherRows rows = TeacherRows.of(List.of(map), 1, 3);

    assertThat(rows.covered()).isEqualTo(6);
    assertThat(rows.at(new int[] {0, 2, 3, 5}).toFloatArray())
        .containsExactly(1, 2, 1, 2, 5, 6, 5, 6);
  }

  @Test
  void theBestAnchorStandsForItsCell() {
    // Given cells whose anchors 1 and 1 hold the largest logits, 3 and 8
    TeacherRows classes = TeacherRows.of(List.of(twoAnchors()), 2, 2);
    TeacherRows boxes =
        TeacherRows.of(List.of(tensors.of(new Shape(1, 2, 1, 2), 10, 20, 11, 21)), 2, 2);

    // When
    int[] best = classes.bestAnchors(2);

    // Then
    assertThat(best).containsExactly(1, 1);
    assertThat(boxes.ofChosen(best, 2).at(new int[] {0, 1}).toFloatArray()).containsExactly(11, 21);
    assertThat(boxes.ofChosen(new int[] {0, 1}, 2).at(new int[] {1, 0}).toFloatArray())
        .containsExactly(21, 10);
  }

  @Test
  void cellsThatAreNotRecordedHaveNoBestAnchor() {
    TeacherRows cells =
        new TeacherRows(tensors.of(new Shape(2, 4), 5, 6, -7, 8, 1, 2, 3, -4), new int[] {1, -1, 0})
            .ofAnchors(2, 2);

    int[] best = cells.bestAnchors(2);

    assertThat(best).containsExactly(1, -1, 1);
    assertThat(cells.ofChosen(best, 2).index()).containsExactly(3, -1, 1);
  }

  @Test
  void rowsOfSomeCellsAreConvertedLikewise() {
    // Given cells 0 and 2 of three, the second stored first
    TeacherRows cells =
        new TeacherRows(
            tensors.of(new Shape(2, 4), 5, 6, -7, 8, 1, 2, 3, -4), new int[] {1, -1, 0});

    assertThat(cells.ofAnchors(2, 1).at(new int[] {0, 2}).toFloatArray())
        .containsExactly(3, 2, 5, 8);
    assertThat(cells.ofAnchors(2, 2).at(new int[] {1, 4}).toFloatArray())
        .containsExactly(3, -4, 5, 6);
    assertThat(cells.ofAnchors(1, 2).at(new int[] {0, 1, 5}).toFloatArray())
        .containsExactly(1, 2, 3, -4, 1, 2, 3, -4, 5, 6, -7, 8);
    assertThat(cells.ofAnchors(1, 2).index()).containsExactly(1, 1, -1, -1, 0, 0);
  }
}
