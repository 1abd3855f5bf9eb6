package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Affine;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.trainer.testing.SyntheticRecording;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Views of 64x64, a teacher of strides 8 and 16. */
class StudentCanvasTest {
  private final StudentCanvas half = canvas(32);
  private final StudentCanvas odd = canvas(48);

  @Test
  void boxesAndTransformFollow() {
    View view =
        SyntheticRecording.annotated(
            true, List.of(new GroundTruth(8f, 16f, 24f, 64f, 1, false, "", List.of(), 1.0)));
    view.setValidWidth(49);
    Affine before = Affine.of(view.getTransform().getAffine());

    odd.apply(view);

    GroundTruth box = view.getGroundTruth().get(0);
    assertThat(List.of(box.getX1(), box.getY1(), box.getX2(), box.getY2()))
        .containsExactly(6f, 12f, 18f, 48f);
    assertThat(view.getWidth()).isEqualTo(48);
    assertThat(view.getValidWidth()).isEqualTo(37); // 36.75
    // what was found there lies where it lay in the source image
    assertThat(Affine.of(view.getTransform().getAffine()).inverse().applyToBox(6, 12, 18, 48))
        .containsExactly(before.inverse().applyToBox(8, 16, 24, 64));
  }

  @Test
  void outputsOfWholeStridesMeanTheSameOnLevelsOfOtherStrides() {
    RecordingManifest recording = SyntheticRecording.manifest(State.SEALED, 1);

    RecordingManifest seen = half.of(recording);

    TeacherDescriptor teacher = seen.getDescriptor();
    assertThat(TensorLayout.strides(teacher)).containsExactly(4, 8);
    assertThat(TensorLayout.shapes(teacher, TensorKind.BOX_LOGITS))
        .isEqualTo(TensorLayout.shapes(recording.getDescriptor(), TensorKind.BOX_LOGITS));
    assertThat(teacher.getInputWidth()).isEqualTo(32);
    assertThat(seen.getEncodings()).isEqualTo(recording.getEncodings());
    assertThat(half.of(seen)).isSameAs(seen);
    assertThat(TensorLayout.strides(recording.getDescriptor())).containsExactly(8, 16);
  }

  @Test
  void otherwiseLevelsPairByPositionAndCellsByTheirCentres() {
    RecordingManifest recording = SyntheticRecording.manifest(State.SEALED, 1);

    RecordingManifest seen = odd.of(recording);

    assertThat(TensorLayout.strides(seen.getDescriptor())).containsExactly(8, 16);
    assertThat(TensorLayout.shapes(seen.getDescriptor(), TensorKind.CLASS_SCORES))
        .containsEntry("cls.0", List.of(2, 6, 6))
        .containsEntry("cls.1", List.of(2, 3, 3));
    assertThat(seen.getEncodings())
        .extracting(KindEncoding::getKind)
        .containsExactly(TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS, TensorKind.FPN_FEATURES);
    assertThat(seen.getDescriptor().getBoxes()).as("on its own grid alone").isNull();
    assertThat(odd.pairsByPosition(recording.getDescriptor())).isTrue();
    assertThat(half.pairsByPosition(recording.getDescriptor())).isFalse();
    // centres 0.8, 2.4, 4.0, 5.6, 7.2 of 8 cells
    assertThat(StudentCanvas.cells(List.of(1, 1, 8), new int[] {1, 1, 5}))
        .containsExactly(0, 2, 4, 5, 7);
    assertThat(StudentCanvas.cells(List.of(1, 8, 8), new int[] {1, 8, 8})).isNull();
  }

  @Test
  void viewsAreNotMadeLarger() {
    assertThatThrownBy(() -> canvas(80).of(SyntheticRecording.datasetManifest()))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage(
            "student.input-size: found 80x80, dataset 'shapes' has views of 64x64, expected at"
                + " most that");
    assertThat(half.of(SyntheticRecording.datasetManifest()).getWidth()).isEqualTo(32);
  }

  private static StudentCanvas canvas(int side) {
    return new StudentCanvas(new CanvasSize(side, side), List.of(8, 16));
  }
}
