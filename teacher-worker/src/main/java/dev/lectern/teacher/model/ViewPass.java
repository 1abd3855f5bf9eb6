package dev.lectern.teacher.model;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.InputNormalization;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a teacher over given views, one batch at a time, as a worker does. */
public final class ViewPass {
  private ViewPass() {}

  /**
   * The outputs of a teacher for views.
   *
   * @param views with their pixels, of the teacher's input size
   * @return for each view the tensors (C, H, W) of each kind, one per level
   * @throws InferenceException if the model fails
   */
  public static List<Map<TensorKind, List<Tensor>>> of(Teacher teacher, List<View> views) {
    return of(teacher, views, InputNormalization.of(teacher.descriptor()));
  }

  /** As above, with another normalisation than the descriptor's. */
  public static List<Map<TensorKind, List<Tensor>>> of(
      Teacher teacher, List<View> views, InputNormalization normalization) {
    List<Map<TensorKind, List<Tensor>>> perView = new ArrayList<>();
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
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
        perView.add(copied(outputs, slot));
      }
    }
    return perView;
  }

  private static Map<TensorKind, List<Tensor>> copied(TeacherOutputs outputs, int slot) {
    Map<TensorKind, List<Tensor>> tensors = outputs.view(slot);
    tensors.replaceAll(
        (kind, windows) ->
            windows.stream().map(w -> Tensor.of(w.name(), w.toArray(), w.shape())).toList());
    return tensors;
  }
}
