package dev.lectern.teacher.model;

import dev.lectern.schemas.record.ExtraInput;
import dev.lectern.schemas.record.InputRule;
import dev.lectern.schemas.record.NumberType;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A model's input besides the image: the same numbers in every batch.
 *
 * @param shape with the views of a batch
 * @param numbers row-major
 */
record FixedInput(String name, NumberType type, long[] shape, double[] numbers) {
  /** Those of a teacher, in the order of its descriptor. */
  static List<FixedInput> of(TeacherDescriptor teacher) {
    return teacher.getExtraInputs().stream().map(input -> of(input, teacher)).toList();
  }

  private static FixedInput of(ExtraInput input, TeacherDescriptor teacher) {
    int batchSize = teacher.getBatchSize();
    double[] view =
        input.getRule() == InputRule.HEIGHT_WIDTH
            ? new double[] {teacher.getInputHeight(), teacher.getInputWidth()}
            : input.getRule() == InputRule.WIDTH_HEIGHT
                ? new double[] {teacher.getInputWidth(), teacher.getInputHeight()}
                : input.getValues().stream().mapToDouble(Double::doubleValue).toArray();
    long[] shape = input.getShape().stream().mapToLong(d -> d < 0 ? batchSize : d).toArray();
    int copies = input.getShape().contains(-1) ? batchSize : 1;
    double[] numbers =
        DoubleStream.iterate(0, i -> i + 1)
            .limit((long) copies * view.length)
            .map(i -> view[(int) i % view.length])
            .toArray();
    return new FixedInput(input.getName(), input.getType(), shape, numbers);
  }
}
