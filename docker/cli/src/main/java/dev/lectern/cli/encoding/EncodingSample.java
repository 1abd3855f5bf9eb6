package dev.lectern.cli.encoding;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.ViewPass;
import java.util.List;
import java.util.Map;

/**
 * Some views, and a teacher's outputs of them.
 *
 * @param dataset whose views these are
 * @param views with their pixels
 * @param outputs for each view the tensors of each kind, exact
 */
public record EncodingSample(
    TeacherDescriptor teacher,
    DatasetManifest dataset,
    List<View> views,
    List<Map<TensorKind, List<Tensor>>> outputs) {

  /** Copies the lists. */
  public EncodingSample {
    views = List.copyOf(views);
    outputs = List.copyOf(outputs);
  }

  /** Runs a teacher over views, one batch at a time. */
  public static EncodingSample of(Teacher teacher, DatasetManifest dataset, List<View> views) {
    return new EncodingSample(
        teacher.descriptor(), dataset, views, new ViewPass(teacher).outputs(views));
  }
}
