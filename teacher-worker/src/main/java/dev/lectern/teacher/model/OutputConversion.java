package dev.lectern.teacher.model;

import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Makes a recorded tensor from a model's output, as its {@link
 * dev.lectern.schemas.descriptor.Conversion} says. A pure function of output and descriptor;
 * immutable, safe for several threads.
 */
interface OutputConversion {
  /** The conversion of a tensor of a descriptor. */
  static OutputConversion of(TeacherDescriptor teacher, RecordedTensor tensor) {
    return TensorLayout.role(tensor).isOfInstances()
        ? InstanceConversion.of(teacher, tensor)
        : CellConversion.of(teacher, tensor);
  }

  /** Whether the output is recorded as it is. */
  boolean isNone();

  /**
   * Whether outputs have fixed shapes and are float32, so that a runtime can write them in place.
   */
  boolean isFixed();

  /** The shapes that an output can have for a batch, for messages. */
  List<long[]> expected(int batchSize);

  /** Whether an output has one of these shapes. */
  boolean fits(long[] found, int batchSize);

  /**
   * Converts a batch.
   *
   * @param output row-major, of {@code shape}, from position 0
   * @param shape one that fits
   * @param into the tensors of the batch's views, from position 0
   */
  void convert(FloatBuffer output, long[] shape, FloatBuffer into);
}
