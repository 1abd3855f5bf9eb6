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

/**
 * Runs a teacher over given views, one batch at a time, as a worker does. It keeps its memory
 * outside the heap from one call to the next. One thread at a time.
 */
public final class ViewPass {
  private final Teacher teacher;
  private final InputNormalization normalization;
  private final FloatBuffer input;
  private final TeacherOutputs outputs;

  /** With the normalisation of the teacher's descriptor. */
  public ViewPass(Teacher teacher) {
    this(teacher, InputNormalization.of(teacher.descriptor()));
  }

  /** With another normalisation than the descriptor's. */
  public ViewPass(Teacher teacher, InputNormalization normalization) {
    this.teacher = teacher;
    this.normalization = normalization;
    this.input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
    this.outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
  }

  /**
   * The outputs of the teacher for views.
   *
   * @param views with their pixels, of the teacher's input size
   * @return for each view the tensors (C, H, W) of each kind, one per level
   * @throws InferenceException if the model fails
   */
  public List<Map<TensorKind, List<Tensor>>> outputs(List<View> views) {
    List<Map<TensorKind, List<Tensor>>> perView = new ArrayList<>();
    for (int first = 0; first < views.size(); first += teacher.batchSize()) {
      int size = Math.min(teacher.batchSize(), views.size() - first);
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
