package dev.lectern.teacher.model;

import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A detector that gives its raw outputs.
 *
 * <p>Always runs batches of one fixed size, so that the outputs of a view do not depend on how many
 * views came together. One thread at a time.
 */
public interface Teacher extends AutoCloseable {
  /** Name, {@code @}, and the digest of model file and descriptor. */
  String id();

  /** What a reader must know of it. */
  TeacherDescriptor descriptor();

  /** What {@link #infer} writes. */
  List<RecordedTensor> tensors();

  /** Views per call, N. */
  default int batchSize() {
    return descriptor().getBatchSize();
  }

  /** Numbers of one view's input: 3 * H * W. */
  default int inputSize() {
    return 3 * descriptor().getInputHeight() * descriptor().getInputWidth();
  }

  /**
   * Runs one batch.
   *
   * @param input direct, native byte order, (N, 3, H, W) from position 0, normalised; neither
   *     changed nor kept
   * @param outputs made for {@link #tensors()} and {@link #batchSize()}; written whole
   * @throws InferenceException if the model fails; another batch may still succeed
   */
  void infer(FloatBuffer input, TeacherOutputs outputs);

  @Override
  void close();
}
