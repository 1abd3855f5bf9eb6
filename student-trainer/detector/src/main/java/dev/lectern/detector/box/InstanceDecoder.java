package dev.lectern.detector.box;

import dev.lectern.detector.box.DetectionDecoder.Limits;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxCoding;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Turns the instances of an image into detections. Boxes with deltas are those of a second stage
 * and suppress each other per class; queries and detections do not. Stateless.
 *
 * @param classes K
 * @param coding how logits become probabilities; their background comes last
 * @param deltas how deltas become boxes; null where instances have none
 */
record InstanceDecoder(int classes, ClassCoding coding, DeltaCoder deltas) {
  /** Of a descriptor or a specification. */
  static InstanceDecoder of(
      int classes, ClassCoding coding, BoxCoding boxes, Set<TensorRole> roles) {
    return new InstanceDecoder(
        classes,
        coding,
        roles.contains(TensorRole.INSTANCE_DELTAS) ? DeltaDecoder.of(boxes).coder() : null);
  }

  /** The tensors that it reads. */
  Set<TensorRole> roles(Set<TensorRole> present) {
    Set<TensorRole> roles =
        EnumSet.of(
            TensorRole.INSTANCE_COUNT,
            TensorRole.INSTANCE_BOXES,
            TensorRole.INSTANCE_LOGITS,
            TensorRole.INSTANCE_DELTAS,
            TensorRole.INSTANCE_LABELS,
            TensorRole.INSTANCE_SCORES);
    roles.retainAll(present);
    return roles;
  }

  List<Detection> decode(Outputs<float[]> image, Limits limits, float width, float height) {
    int rows = Math.round(image.get(TensorRole.INSTANCE_COUNT, 0)[0]);
    float[] boxes = image.get(TensorRole.INSTANCE_BOXES, 0);
    Candidates all = new Candidates(Candidates.Values.SCORES);
    for (int row = 0; row < rows; row++) {
      double[] scores = scores(image, row);
      for (int k = 0; k < classes; k++) {
        if (scores[k] > limits.scoreThreshold()) {
          all.add((float) scores[k], row, k, box(image, boxes, row, k), width, height);
        }
      }
    }
    List<Detection> detections = new ArrayList<>();
    double iou = deltas == null ? Double.POSITIVE_INFINITY : limits.nmsIou();
    for (int kept : all.suppressed(iou, limits.limit())) {
      detections.add(all.detection(kept));
    }
    return detections;
  }

  /** Probability of each class, (K). */
  private double[] scores(Outputs<float[]> image, int row) {
    double[] scores = new double[classes];
    if (!image.has(TensorRole.INSTANCE_LOGITS)) {
      int label = Math.round(image.get(TensorRole.INSTANCE_LABELS, 0)[row]);
      if (label >= 0 && label < classes) {
        scores[label] = image.get(TensorRole.INSTANCE_SCORES, 0)[row];
      }
      return scores;
    }
    float[] logits = image.get(TensorRole.INSTANCE_LOGITS, 0);
    int columns = classes + (coding.getBackground() == Background.NONE ? 0 : 1);
    int first = row * columns;
    if (coding.getActivation() == ClassActivation.SIGMOID) {
      for (int k = 0; k < classes; k++) {
        scores[k] = 1 / (1 + Math.exp(-logits[first + k]));
      }
      return scores;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < columns; k++) {
      max = Math.max(max, logits[first + k]);
    }
    double sum = 0;
    for (int k = 0; k < columns; k++) {
      sum += Math.exp(logits[first + k] - max);
    }
    for (int k = 0; k < classes; k++) {
      scores[k] = Math.exp(logits[first + k] - max) / sum;
    }
    return scores;
  }

  private double[] box(Outputs<float[]> image, float[] boxes, int row, int label) {
    double[] box = new double[4];
    for (int e = 0; e < 4; e++) {
      box[e] = boxes[4 * row + e];
    }
    if (deltas == null) {
      return box;
    }
    float[] all = image.get(TensorRole.INSTANCE_DELTAS, 0);
    int perRow = all.length / (boxes.length / 4);
    int first = row * perRow + (perRow == 4 ? 0 : 4 * label);
    double[] own = new double[4];
    for (int e = 0; e < 4; e++) {
      own[e] = all[first + e];
    }
    return deltas.decode(box, own);
  }
}
