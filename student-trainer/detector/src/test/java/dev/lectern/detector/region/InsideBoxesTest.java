package dev.lectern.detector.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.descriptor.HeadLevel;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.List;
import org.junit.jupiter.api.Test;

class InsideBoxesTest {
  @Test
  void aPositionIsInsideWhenItsCentreIs() {
    // Given: 4x4 cells of 8 pixels with centres at 4, 12, 20, 28, and 2x2 of 16 at 8, 24
    TeacherDescriptor teacher = teacher(0.5);

    // When
    List<int[]> one = InsideBoxes.of(teacher, new float[] {5, 12, 21, 30});
    List<int[]> two = InsideBoxes.of(teacher, new float[] {5, 12, 21, 30, 0, 0, 32, 5});

    // Then: a centre on an edge (12) is outside
    assertThat(one.get(0)).containsExactly(2 * 4 + 1, 2 * 4 + 2, 3 * 4 + 1, 3 * 4 + 2);
    assertThat(one.get(1)).containsExactly(2);
    assertThat(two.get(0)).containsExactly(0, 1, 2, 3, 9, 10, 13, 14);
    assertThat(InsideBoxes.of(teacher, new float[0])).allMatch(level -> level.length == 0);
  }

  @Test
  void theGridOffsetMovesCentres() {
    assertThat(InsideBoxes.of(teacher(0), new float[] {-1, -1, 9, 1}).get(0)).containsExactly(0, 1);
  }

  private static TeacherDescriptor teacher(double offset) {
    return FamilyPreset.named("GFL")
        .describe(
            8,
            offset,
            List.of("a"),
            List.of(
                HeadLevel.of(new Level(8, 4, 4), "c0", "d0"),
                HeadLevel.of(new Level(16, 2, 2), "c1", "d1")))
        .setName("t")
        .setInputName("x")
        .setInputWidth(32)
        .setInputHeight(32)
        .setChannelOrder(ChannelOrder.BGR)
        .setMean(List.of(0.0, 0.0, 0.0))
        .setStd(List.of(1.0, 1.0, 1.0))
        .setBatchSize(1)
        .build();
  }
}
