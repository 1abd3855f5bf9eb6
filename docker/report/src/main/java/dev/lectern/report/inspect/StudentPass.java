package dev.lectern.report.inspect;

import dev.lectern.detector.Detector;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.CanvasSize;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a student over single views. */
public final class StudentPass {
  private final Detector student;
  private final DetectionDecoder decoder;

  /**
   * @param student stays the caller's to close
   * @throws UserMistakeException if it has other classes than the dataset
   */
  public StudentPass(Detector student, DatasetManifest dataset) {
    if (student.spec().classes() != dataset.getClassNames().size()) {
      throw new UserMistakeException(
          "--student: found a student of "
              + student.spec().classes()
              + " classes, dataset '"
              + dataset.getName()
              + "' has "
              + dataset.getClassNames().size());
    }
    CanvasSize own = student.spec().inputSize();
    if (own != null && (own.width() != dataset.getWidth() || own.height() != dataset.getHeight())) {
      throw new UserMistakeException(
          "--student: found a student of input-size "
              + own
              + ", dataset '"
              + dataset.getName()
              + "' has views of "
              + dataset.getWidth()
              + "x"
              + dataset.getHeight()
              + ", expected a student that sees them whole; evaluate measures it");
    }
    this.student = student;
    this.decoder =
        DetectionDecoder.of(
            student.spec(),
            dataset.getHeight(),
            dataset.getWidth(),
            DetectionDecoder.Limits.DEFAULT);
  }

  /** Decodes what the student gives. */
  public DetectionDecoder decoder() {
    return decoder;
  }

  /** What the student gives for a view. */
  public Outputs<float[]> of(View view) {
    ByteBuffer input =
        ByteBuffer.allocateDirect(3 * view.getHeight() * view.getWidth() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    student.spec().input().normalization().write(Canvas.decode(view), input.asFloatBuffer());
    return ForwardPass.of(student, input, 1, 3, view.getHeight(), view.getWidth()).get(0);
  }
}
