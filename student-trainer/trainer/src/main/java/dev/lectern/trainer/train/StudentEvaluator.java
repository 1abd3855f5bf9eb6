package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorOutputs;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.LevelLogits;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Affine;
import dev.lectern.trainer.eval.Box;
import dev.lectern.trainer.eval.Category;
import dev.lectern.trainer.eval.CocoEvaluator;
import dev.lectern.trainer.eval.CocoMetrics;
import dev.lectern.trainer.eval.Detection;
import dev.lectern.trainer.eval.GroundTruthSet;
import dev.lectern.trainer.eval.TruthBox;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures a network on views: forward, decode, map the boxes back to the source image, compare.
 *
 * <p>Images are numbered in the order in which they come. The ground truth is that of the views:
 * boxes that the producer dropped as degenerate are not there.
 */
public final class StudentEvaluator {
  private final Detector detector;
  private final DatasetManifest dataset;
  private final DetectionDecoder decoder;
  private final EvaluationConfig.Coordinates coordinates;

  /**
   * @param limits of decoding
   * @param coordinates frame in which boxes are compared
   */
  public StudentEvaluator(
      Detector detector,
      DatasetManifest dataset,
      DetectionDecoder.Limits limits,
      EvaluationConfig.Coordinates coordinates) {
    DetectorSpec spec = detector.spec();
    this.detector = detector;
    this.dataset = dataset;
    this.decoder = new DetectionDecoder(spec.classes(), spec.bins(), spec.gridOffset(), limits);
    this.coordinates = coordinates;
  }

  /**
   * What was measured.
   *
   * @param images number of images
   * @param metrics COCO figures
   */
  public record Result(int images, CocoMetrics metrics) {}

  /**
   * Runs the network over all batches.
   *
   * @throws InterruptedException if this thread is interrupted while it waits for data
   */
  public Result evaluate(Batches batches) throws InterruptedException {
    List<Long> images = new ArrayList<>();
    List<TruthBox> truth = new ArrayList<>();
    List<Detection> detections = new ArrayList<>();
    ReplayBatch next;
    while ((next = batches.next()) != null) {
      try (ReplayBatch batch = next) {
        List<List<dev.lectern.detector.box.Detection>> found =
            GradientMode.off(() -> detect(batch));
        for (int i = 0; i < batch.size(); i++) {
          View view = batch.views().get(i);
          long image = images.size();
          images.add(image);
          view.getGroundTruth().forEach(object -> truth.add(truth(image, object)));
          found.get(i).forEach(detection -> detections.add(detection(image, view, detection)));
        }
      }
    }
    List<Category> categories = new ArrayList<>();
    for (int label = 0; label < dataset.getClassNames().size(); label++) {
      categories.add(new Category(label, dataset.getClassNames().get(label)));
    }
    return new Result(
        images.size(),
        CocoEvaluator.evaluate(new GroundTruthSet(images, categories, truth), detections));
  }

  private List<List<dev.lectern.detector.box.Detection>> detect(ReplayBatch batch) {
    try (NDManager scope =
        detector.parameters().iterator().next().array().getManager().newSubManager()) {
      NDArray images = BatchArrays.of(batch.images(), scope);
      DetectorOutputs outputs = detector.forward(images, Mode.EVALUATE);
      List<float[]> cls = outputs.clsLogits().stream().map(NDArray::toFloatArray).toList();
      List<float[]> dist = outputs.distLogits().stream().map(NDArray::toFloatArray).toList();
      List<List<dev.lectern.detector.box.Detection>> found = new ArrayList<>();
      for (int i = 0; i < batch.size(); i++) {
        List<LevelLogits> levels = new ArrayList<>();
        for (int l = 0; l < cls.size(); l++) {
          long[] shape = outputs.clsLogits().get(l).getShape().getShape();
          LevelGrid grid =
              new LevelGrid(detector.spec().strides().get(l), (int) shape[2], (int) shape[3]);
          levels.add(
              new LevelLogits(
                  grid, part(cls.get(l), i, batch.size()), part(dist.get(l), i, batch.size())));
        }
        View view = batch.views().get(i);
        found.add(decoder.decode(levels, view.getValidWidth(), view.getValidHeight()));
      }
      return found;
    }
  }

  private static float[] part(float[] values, int index, int parts) {
    int size = values.length / parts;
    return java.util.Arrays.copyOfRange(values, index * size, (index + 1) * size);
  }

  private TruthBox truth(long image, GroundTruth object) {
    List<Double> source = object.getSourceBox();
    if (coordinates == EvaluationConfig.Coordinates.SOURCE && source.size() == 4) {
      Box box = new Box(source.get(0), source.get(1), source.get(2), source.get(3));
      return new TruthBox(image, object.getLabel(), box, object.getSourceArea(), object.getCrowd());
    }
    Box box = Box.ofCorners(object.getX1(), object.getY1(), object.getX2(), object.getY2());
    return new TruthBox(image, object.getLabel(), box, box.area(), object.getCrowd());
  }

  private Detection detection(long image, View view, dev.lectern.detector.box.Detection found) {
    double[] box = {found.x1(), found.y1(), found.x2(), found.y2()};
    if (coordinates == EvaluationConfig.Coordinates.SOURCE) {
      box =
          Affine.of(view.getTransform().getAffine())
              .inverse()
              .applyToBox(found.x1(), found.y1(), found.x2(), found.y2());
    }
    return new Detection(
        image, found.label(), Box.ofCorners(box[0], box[1], box[2], box[3]), found.score());
  }
}
