package dev.lectern.trainer.train;

import dev.lectern.detector.Detector;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.Coordinates;
import dev.lectern.trainer.eval.Measurement;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.List;

/** Runs a student over the views of a replay and measures it. */
public final class StudentEvaluator {
  private final Detector detector;
  private final DatasetManifest dataset;
  private final DetectionDecoder decoder;
  private final Coordinates coordinates;

  /**
   * @param limits of decoding
   * @param coordinates frame in which boxes are compared
   */
  public StudentEvaluator(
      Detector detector,
      DatasetManifest dataset,
      DetectionDecoder.Limits limits,
      Coordinates coordinates) {
    this.detector = detector;
    this.dataset = dataset;
    this.decoder =
        DetectionDecoder.of(detector.spec(), dataset.getHeight(), dataset.getWidth(), limits);
    this.coordinates = coordinates;
  }

  /**
   * What was measured.
   *
   * @param images number of images
   * @param metrics COCO figures
   * @param measured annotations and detections
   */
  public record Result(int images, CocoMetrics metrics, Measurement measured) {}

  /**
   * Runs the network over all batches.
   *
   * @throws InterruptedException if this thread is interrupted while it waits for data
   */
  public Result evaluate(Batches batches) throws InterruptedException {
    Measurement measurement = new Measurement(dataset, decoder, coordinates);
    ReplayBatch next;
    while ((next = batches.next()) != null) {
      try (ReplayBatch batch = next) {
        List<Outputs<float[]>> outputs =
            ForwardPass.of(detector, batch.images().bytes(), batch.images().shape());
        for (int i = 0; i < batch.size(); i++) {
          measurement.add(batch.views().get(i), outputs.get(i));
        }
      }
    }
    return new Result(measurement.images(), measurement.metrics(), measurement);
  }
}
