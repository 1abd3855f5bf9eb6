package dev.lectern.trainer.eval;

import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Affine;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures one network, view by view: decodes its outputs, maps the boxes back to the source image,
 * and compares them with the annotations as COCO does. A student, a recorded teacher and the demo's
 * networks are all measured here.
 *
 * <p>Images are numbered in the order in which they come. The ground truth is that of the views:
 * boxes that the producer dropped as degenerate are not there.
 */
public final class Measurement {
  private final DatasetManifest dataset;
  private final DetectionDecoder decoder;
  private final Coordinates coordinates;
  private final List<Long> images = new ArrayList<>();
  private final List<TruthBox> objects = new ArrayList<>();
  private final List<Detection> detections = new ArrayList<>();

  /**
   * @param decoder for the dataset's canvas, with the dataset's classes in its order
   * @param coordinates frame in which boxes are compared
   */
  public Measurement(DatasetManifest dataset, DetectionDecoder decoder, Coordinates coordinates) {
    this.dataset = dataset;
    this.decoder = decoder;
    this.coordinates = coordinates;
  }

  /**
   * Adds a view.
   *
   * @param outputs what the network gives for it, (channels, H, W) each
   * @return what it detects, in pixels of the canvas, in order of falling score; of an unlabelled
   *     view too, which is not measured
   */
  public List<dev.lectern.detector.box.Detection> add(View view, Outputs<float[]> outputs) {
    List<dev.lectern.detector.box.Detection> found =
        decoder.decode(outputs, view.getValidWidth(), view.getValidHeight());
    if (!view.getLabelled()) {
      return found;
    }
    long image = images.size();
    images.add(image);
    view.getGroundTruth().forEach(object -> objects.add(truth(image, object)));
    Affine toSource =
        coordinates == Coordinates.SOURCE
            ? Affine.of(view.getTransform().getAffine()).inverse()
            : null;
    found.forEach(detection -> detections.add(detection(image, toSource, detection)));
    return found;
  }

  private TruthBox truth(long image, GroundTruth object) {
    long category = dataset.getCategoryIds().get(object.getLabel());
    List<Double> source = object.getSourceBox();
    if (coordinates == Coordinates.SOURCE && source.size() == 4) {
      Box box = new Box(source.get(0), source.get(1), source.get(2), source.get(3));
      return new TruthBox(image, category, box, object.getSourceArea(), object.getCrowd());
    }
    Box box = Box.ofCorners(object.getX1(), object.getY1(), object.getX2(), object.getY2());
    return new TruthBox(image, category, box, box.area(), object.getCrowd());
  }

  private Detection detection(
      long image, Affine toSource, dev.lectern.detector.box.Detection found) {
    double[] box =
        toSource == null
            ? new double[] {found.x1(), found.y1(), found.x2(), found.y2()}
            : toSource.applyToBox(found.x1(), found.y1(), found.x2(), found.y2());
    return new Detection(
        image,
        dataset.getCategoryIds().get(found.label()),
        Box.ofCorners(box[0], box[1], box[2], box[3]),
        found.score());
  }

  /** Number of views so far. */
  public int images() {
    return images.size();
  }

  /** COCO figures of the views so far. */
  public CocoMetrics metrics() {
    return CocoEvaluator.evaluate(truth(), detections);
  }

  /** What was detected in the views so far. */
  public List<Detection> detections() {
    return List.copyOf(detections);
  }

  /** The annotations of the views so far. */
  public GroundTruthSet truth() {
    List<Category> categories = new ArrayList<>();
    for (int label = 0; label < dataset.getClassNames().size(); label++) {
      categories.add(
          new Category(dataset.getCategoryIds().get(label), dataset.getClassNames().get(label)));
    }
    return new GroundTruthSet(images, categories, objects);
  }
}
