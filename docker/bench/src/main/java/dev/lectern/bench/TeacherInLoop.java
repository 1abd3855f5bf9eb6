package dev.lectern.bench;

import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.MaskedLogits;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.ViewPass;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.FloatArray;
import dev.lectern.trainer.replay.RecordingSet;
import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.StoredReplay;
import dev.lectern.trainer.replay.StudentCanvas;
import dev.lectern.trainer.replay.StudentView;
import dev.lectern.trainer.replay.TeacherArrays;
import dev.lectern.trainer.train.TrainConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Training as it is without a log: the views of a recording in the order of a run, and the teacher
 * itself in every step. Nothing that the recording holds of the teacher is read but its manifest.
 */
final class TeacherInLoop implements Replay {
  private final Replay views;
  private final ViewPass teacher;
  private final ViewReader reader;
  private final RecordedViews recorded;

  /** By tensor, memory of batches that are closed: some 13 MB a step of outputs alone. */
  private final Map<String, Deque<ByteBuffer>> free = new HashMap<>();

  /**
   * @param run names one recording, of classes in the teacher's order
   * @param teacher the recording's own; stays the caller's to close
   * @throws UserMistakeException if the teacher's classes are not those of the dataset, or the
   *     student sees views of another size
   */
  TeacherInLoop(Map<String, Object> kafka, TrainConfig run, Teacher teacher) {
    if (run.student().inputSize() != null) {
      throw new UserMistakeException(
          "student.input-size: found "
              + run.student().inputSize()
              + ", expected none where the teacher sees the same views in every step");
    }
    RecordingSet recordings = RecordingSet.open(kafka, run.recordings());
    RecordingManifest recording = recordings.manifests().get(0);
    if (!teacher.descriptor().getClassNames().equals(recordings.dataset().getClassNames())) {
      recordings.close();
      throw new UserMistakeException(
          "teacher: found the classes "
              + teacher.descriptor().getClassNames()
              + ", expected those of the dataset in the same order");
    }
    this.teacher = new ViewPass(teacher);
    this.recorded = RecordedViews.read(kafka, recording);
    this.reader = new ViewReader(kafka, recording.getDataset());
    this.views =
        StoredReplay.open(
            kafka,
            recordings,
            run.replay(),
            Path.of(run.out()),
            new StudentView(
                run.student().input().normalization(),
                run.noise(),
                run.classes(),
                Map.of(),
                run.split(),
                run.seed(),
                run.batchSize(),
                run.epochs() - run.closeAugment(),
                StudentCanvas.WHOLE),
            Progress.silentFactory());
  }

  @Override
  public List<RecordingManifest> recordings() {
    return views.recordings();
  }

  @Override
  public DatasetManifest dataset() {
    return views.dataset();
  }

  @Override
  public boolean isOpen() {
    return views.isOpen();
  }

  @Override
  public EpochPlan plan(int epoch) throws InterruptedException {
    return views.plan(epoch);
  }

  @Override
  public Batches batches(EpochPlan plan, int firstStep) {
    Batches decoded = views.batches(plan, firstStep);
    return new Batches() {
      @Override
      public ReplayBatch next() throws InterruptedException {
        ReplayBatch batch = decoded.next();
        return batch == null ? null : taught(batch);
      }

      @Override
      public void close() {
        decoded.close();
      }
    };
  }

  private ReplayBatch taught(ReplayBatch batch) {
    List<String> ids = batch.views().stream().map(View::getViewId).toList();
    List<Map<TensorKind, List<Tensor>>> outputs =
        teacher.outputs(RecordedViews.pixels(reader, recorded.named(ids)));
    Map<String, List<Tensor>> byName = new HashMap<>();
    for (Map<TensorKind, List<Tensor>> view : outputs) {
      view.forEach(
          (kind, tensors) -> {
            List<Tensor> storable =
                kind == TensorKind.CLASS_SCORES ? MaskedLogits.clipped(tensors) : tensors;
            storable.forEach(
                tensor ->
                    byName.computeIfAbsent(tensor.name(), n -> new ArrayList<>()).add(tensor));
          });
    }
    Map<String, FloatArray> maps = new HashMap<>();
    byName.forEach((name, tensors) -> maps.put(name, stacked(name, tensors)));
    return new ReplayBatch(
        batch.views(),
        batch.images(),
        List.of(new TeacherArrays(maps, Map.of(), Map.of())),
        () -> {
          maps.forEach((name, map) -> give(name, map.bytes()));
          batch.close();
        });
  }

  private synchronized ByteBuffer take(String name, int bytes) {
    Deque<ByteBuffer> same = free.get(name);
    ByteBuffer buffer = same == null ? null : same.poll();
    return buffer == null || buffer.capacity() < bytes
        ? ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())
        : buffer.clear().limit(bytes);
  }

  private synchronized void give(String name, ByteBuffer buffer) {
    free.computeIfAbsent(name, n -> new ArrayDeque<>()).push(buffer);
  }

  /** The tensors (C, H, W) of the views as one (N, C, H, W). */
  private FloatArray stacked(String name, List<Tensor> tensors) {
    int[] shape = tensors.get(0).shape();
    long[] stacked = new long[shape.length + 1];
    int size = 1;
    stacked[0] = tensors.size();
    for (int i = 0; i < shape.length; i++) {
      stacked[i + 1] = shape[i];
      size *= shape[i];
    }
    ByteBuffer bytes = take(name, tensors.size() * size * Float.BYTES);
    for (int i = 0; i < tensors.size(); i++) {
      bytes.asFloatBuffer().position(i * size).put(tensors.get(i).toArray());
    }
    return new FloatArray(stacked, bytes);
  }

  @Override
  public Batches evaluation(String split) {
    return views.evaluation(split);
  }

  @Override
  public void close() {
    reader.close();
    views.close();
  }
}
