package dev.lectern.report.inspect;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorOutputs;
import dev.lectern.detector.box.LevelLogits;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Runs a student over single views. */
public final class StudentPass {
  private final Detector student;
  private final NDManager manager;

  /**
   * @param student stays the caller's to close
   * @param manager on the student's device
   * @throws UserMistakeException if it has other classes than the dataset
   */
  public StudentPass(Detector student, NDManager manager, DatasetManifest dataset) {
    if (student.spec().classes() != dataset.getClassNames().size()) {
      throw new UserMistakeException(
          "--student: found a student of "
              + student.spec().classes()
              + " classes, dataset '"
              + dataset.getName()
              + "' has "
              + dataset.getClassNames().size());
    }
    this.student = student;
    this.manager = manager;
  }

  /** What the student says about a view. */
  public LevelOutputs of(View view) {
    ByteBuffer input =
        ByteBuffer.allocateDirect(3 * view.getHeight() * view.getWidth() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    student.spec().input().normalization().write(Canvas.decode(view), input.asFloatBuffer());
    try (NDManager scope = manager.newSubManager()) {
      NDArray image =
          scope.create(input, new Shape(1, 3, view.getHeight(), view.getWidth()), DataType.FLOAT32);
      DetectorOutputs said = GradientMode.off(() -> student.forward(image, Mode.EVALUATE));
      int[] strides = student.spec().strides().stream().mapToInt(Integer::intValue).toArray();
      List<LevelGrid> grids = PriorGrid.levels(view.getHeight(), view.getWidth(), strides);
      List<LevelLogits> levels = new ArrayList<>();
      for (int l = 0; l < grids.size(); l++) {
        levels.add(
            new LevelLogits(
                grids.get(l),
                said.clsLogits().get(l).toFloatArray(),
                said.distLogits().get(l).toFloatArray()));
      }
      return new LevelOutputs(levels, student.spec().bins());
    }
  }
}
