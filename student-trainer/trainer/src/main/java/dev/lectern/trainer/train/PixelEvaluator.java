package dev.lectern.trainer.train;

import dev.lectern.detector.Detector;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.network.Outputs;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.trainer.eval.PixelMeasurement;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.List;

/** Runs a student that gives pixels their classes over the views of a replay and measures it. */
public final class PixelEvaluator {
  private final Detector student;
  private final DatasetManifest dataset;
  private final PixelClasses reading;

  /**
   * @param student of a segmentation family
   */
  public PixelEvaluator(Detector student, DatasetManifest dataset) {
    this.student = student;
    this.dataset = dataset;
    SegmentationFamily family = (SegmentationFamily) Families.of(student.spec());
    this.reading =
        new PixelClasses(
            family.levels(student.spec(), dataset.getHeight(), dataset.getWidth()).get(0),
            family.upsampling(),
            dataset.getHeight(),
            dataset.getWidth());
  }

  /**
   * Runs the network over all batches.
   *
   * @throws InterruptedException if this thread is interrupted while it waits for data
   */
  public PixelMeasurement evaluate(Batches batches) throws InterruptedException {
    PixelMeasurement measurement = new PixelMeasurement(dataset, reading);
    ReplayBatch next;
    while ((next = batches.next()) != null) {
      try (ReplayBatch batch = next) {
        List<Outputs<float[]>> outputs =
            ForwardPass.of(student, batch.images().bytes(), batch.images().shape());
        for (int i = 0; i < batch.size(); i++) {
          measurement.add(batch.views().get(i), outputs.get(i).get(TensorRole.CLASS_LOGITS).get(0));
        }
      }
    }
    return measurement;
  }
}
