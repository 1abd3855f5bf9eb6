package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import java.nio.ByteBuffer;
import java.util.List;

/** Runs a student in evaluation. */
public final class ForwardPass {
  private ForwardPass() {}

  /**
   * What a student's head gives for each image of a batch.
   *
   * @param images numbers of (N, 3, height, width), normalised as its specification says; used
   *     where they are
   * @param shape N, 3, height, width
   * @return N outputs, without features
   */
  public static List<Outputs<float[]>> of(Detector student, ByteBuffer images, long... shape) {
    NDManager ofStudent = student.parameters().iterator().next().array().getManager();
    return GradientMode.off(
        () -> {
          try (NDManager scope = ofStudent.newSubManager()) {
            NDArray input = scope.create(images, new Shape(shape), DataType.FLOAT32);
            Outputs<NDArray> outputs = student.forward(input, Mode.EVALUATE);
            return ImageOutputs.of(outputs.only(Families.of(student.spec()).roles(student.spec())));
          }
        });
  }
}
