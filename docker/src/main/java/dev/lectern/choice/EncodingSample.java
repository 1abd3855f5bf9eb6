package dev.lectern.choice;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Some views, and what a teacher says about them.
 *
 * @param dataset whose views these are
 * @param views with their pixels
 * @param said for each view the tensors of each kind, exact
 */
public record EncodingSample(
    TeacherDescriptor teacher,
    DatasetManifest dataset,
    List<View> views,
    List<Map<TensorKind, List<Tensor>>> said) {

  /** Copies the lists. */
  public EncodingSample {
    views = List.copyOf(views);
    said = List.copyOf(said);
  }

  /** Runs a teacher over views, one batch at a time. */
  public static EncodingSample of(Teacher teacher, DatasetManifest dataset, List<View> views) {
    List<Map<TensorKind, List<Tensor>>> said = new ArrayList<>();
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    InputNormalization normalization = InputNormalization.of(teacher.descriptor());
    for (int first = 0; first < views.size(); first += teacher.batchSize()) {
      int size = Math.min(teacher.batchSize(), views.size() - first);
      FloatBuffer input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
      for (int slot = 0; slot < size; slot++) {
        normalization.write(
            Canvas.decode(views.get(first + slot)),
            input.slice(slot * teacher.inputSize(), teacher.inputSize()));
      }
      teacher.infer(input, outputs);
      for (int slot = 0; slot < size; slot++) {
        said.add(copied(outputs, slot));
      }
    }
    return new EncodingSample(teacher.descriptor(), dataset, views, said);
  }

  private static Map<TensorKind, List<Tensor>> copied(TeacherOutputs outputs, int slot) {
    Map<TensorKind, List<Tensor>> tensors = new EnumMap<>(TensorKind.class);
    for (int i = 0; i < outputs.specs().size(); i++) {
      Tensor window = outputs.tensor(i, slot);
      tensors
          .computeIfAbsent(outputs.specs().get(i).kind(), kind -> new ArrayList<>())
          .add(Tensor.of(window.name(), window.toArray(), window.shape()));
    }
    return tensors;
  }
}
