package dev.lectern.trainer.assign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.detector.region.InsideBox;
import org.junit.jupiter.api.Test;

class ImitationRegionTest {
  // three anchors of side 4 in a row, centres (2, 2), (4, 2), (12, 2)
  private final float[] anchors = {0, 0, 4, 4, 2, 0, 6, 4, 10, 0, 14, 4};

  @Test
  void fineGrainedRegionReachesAPartOfTheBestOverlap() {
    // box [1,0,5,4]: IoU 12/20 with anchors 0 and 1, none with anchor 2
    float[] between = {1, 0, 5, 4};
    assertThat(ImitationRegion.fineGrained(anchors, between, ImitationRegion.PUBLISHED_PART))
        .containsExactly(true, true, false);
    // box [0,0,4,4]: 1 and 1/3, which is below 1/2 and above 1/4
    float[] first = {0, 0, 4, 4};
    assertThat(ImitationRegion.fineGrained(anchors, first, ImitationRegion.PUBLISHED_PART))
        .containsExactly(true, false, false);
    assertThat(ImitationRegion.fineGrained(anchors, first, 0.25))
        .containsExactly(true, true, false);
  }

  @Test
  void centresInsideABoxAreItsRegion() {
    assertThat(InsideBox.of(anchors, new float[] {3, 1, 12, 3}))
        .containsExactly(false, true, false);
  }

  @Test
  void instancesAreWhereTeacherAndStudentDisagreeMost() {
    float[] teacher = {5, 0, 0};
    float[] student = {0, 0, 2};
    float[] far = {0, 0, 1, 1, 10, 0, 11, 1, 20, 0, 21, 1};
    assertThat(GeneralInstances.select(teacher, student, far, far, 0.3, 2)).containsExactly(0, 2);
  }
}
