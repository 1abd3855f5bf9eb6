package dev.lectern.demo.teacher;

import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.ShapeClass;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.Replay;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Pictures drawn at the moment they are needed, as a training run reads them: each epoch shows
 * pictures that no other epoch shows. There is no teacher and no Kafka.
 */
public final class DrawnReplay implements Replay {
  private static final int EVALUATION_BATCH = 32;
  private static final String NAME = "drawn";

  private final DrawnDataset train;
  private final DrawnDataset validation;
  private final DetectorSpec.Input input;
  private final int batchSize;
  private final int epochs;
  private final TeacherDescriptor descriptor;
  private final ExecutorService artist =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "demo-artist");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param train its pictures are shared out equally among the epochs
   * @param descriptor of the network in training, in place of a teacher's
   */
  public DrawnReplay(
      DrawnDataset train,
      DrawnDataset validation,
      DetectorSpec.Input input,
      int batchSize,
      int epochs,
      TeacherDescriptor descriptor) {
    this.train = train;
    this.validation = validation;
    this.input = input;
    this.batchSize = batchSize;
    this.epochs = epochs;
    this.descriptor = descriptor;
  }

  @Override
  public List<RecordingManifest> recordings() {
    return List.of(
        RecordingManifest.newBuilder()
            .setName(NAME)
            .setState(State.SEALED)
            .setDataset(NAME)
            .setTeacherId(NAME)
            .setDescriptor(descriptor)
            .setEncodings(List.of())
            .build());
  }

  @Override
  public DatasetManifest dataset() {
    return DatasetManifest.newBuilder()
        .setName(NAME)
        .setState(State.SEALED)
        .setClassNames(ShapeClass.names())
        .setCategoryIds(Arrays.stream(ShapeClass.values()).map(DrawnDataset::categoryId).toList())
        .setSourceFormat(NAME)
        .setWidth(train.side())
        .setHeight(train.side())
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(train.count() + validation.count())
        .setViews(train.count() + validation.count())
        .setObjects(0)
        .build();
  }

  @Override
  public boolean isOpen() {
    return false;
  }

  @Override
  public EpochPlan plan(int epoch) {
    int perEpoch = train.count() / epochs;
    List<String> viewIds =
        IntStream.range(epoch * perEpoch, (epoch + 1) * perEpoch)
            .mapToObj(DrawnViews::viewId)
            .toList();
    return new EpochPlan(epoch, viewIds, batchSize);
  }

  @Override
  public Batches batches(EpochPlan plan, int firstStep) {
    List<List<String>> steps =
        IntStream.range(firstStep, plan.steps()).mapToObj(plan::step).toList();
    return new DrawnBatches(new DrawnViews(train, "train", input), steps, artist);
  }

  @Override
  public Batches evaluation(String split) {
    List<String> viewIds =
        IntStream.range(0, validation.count()).mapToObj(DrawnViews::viewId).toList();
    EpochPlan plan = new EpochPlan(0, viewIds, EVALUATION_BATCH);
    List<List<String>> steps = IntStream.range(0, plan.steps()).mapToObj(plan::step).toList();
    return new DrawnBatches(new DrawnViews(validation, split, input), steps, artist);
  }

  @Override
  public void close() {
    artist.shutdownNow();
  }
}
