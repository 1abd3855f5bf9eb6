package dev.lectern.bench.loss;

import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.Replay;
import dev.lectern.trainer.replay.ReplayBatch;
import dev.lectern.trainer.replay.TeacherArrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A few batches of a recording, decoded once and shown again and again, so that a step waits for
 * nothing and every loss sees the same.
 */
final class FixedReplay implements Replay {
  private static final int STEPS = 10_000;

  private final RecordingManifest recording;
  private final DatasetManifest dataset;
  private final List<ReplayBatch> batches;
  private final Set<TensorKind> kinds;

  /**
   * @param batches with every kind; they stay the caller's to close
   * @param kinds what of the teacher's outputs is shown
   */
  FixedReplay(
      RecordingManifest recording,
      DatasetManifest dataset,
      List<ReplayBatch> batches,
      Set<TensorKind> kinds) {
    this.recording = recording;
    this.dataset = dataset;
    this.batches = List.copyOf(batches);
    this.kinds = Set.copyOf(kinds);
  }

  @Override
  public List<RecordingManifest> recordings() {
    return List.of(recording);
  }

  @Override
  public DatasetManifest dataset() {
    return dataset;
  }

  @Override
  public boolean isOpen() {
    return false;
  }

  @Override
  public EpochPlan plan(int epoch) {
    int size = batches.get(0).size();
    return new EpochPlan(epoch, Collections.nCopies(STEPS * size, "fixed#0"), size);
  }

  @Override
  public Batches batches(EpochPlan plan, int firstStep) {
    return new Batches() {
      private int next = firstStep;

      @Override
      public ReplayBatch next() {
        return next < plan.steps() ? shown(batches.get(next++ % batches.size())) : null;
      }

      @Override
      public void close() {}
    };
  }

  private ReplayBatch shown(ReplayBatch batch) {
    TeacherArrays outputs = batch.teachers().get(0);
    return new ReplayBatch(
        batch.views(),
        batch.images(),
        List.of(
            new TeacherArrays(
                ofKinds(outputs.maps()), ofKinds(outputs.narrow()), ofKinds(outputs.rows()))),
        () -> {});
  }

  private <T> Map<String, T> ofKinds(Map<String, T> tensors) {
    return tensors.entrySet().stream()
        .filter(tensor -> kinds.contains(kind(tensor.getKey())))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static TensorKind kind(String tensor) {
    return switch (tensor.substring(0, tensor.indexOf('.'))) {
      case "cls" -> TensorKind.CLASS_SCORES;
      case "dist" -> TensorKind.BOX_LOGITS;
      default -> TensorKind.FPN_FEATURES;
    };
  }

  @Override
  public Batches evaluation(String split) {
    throw new UnsupportedOperationException("a benchmark does not evaluate");
  }

  @Override
  public void close() {}
}
