package dev.lectern.detector.head;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.lectern.detector.box.DeltaCoder;
import dev.lectern.detector.box.Proposals;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.network.Outputs;
import java.util.List;

/** The part of a two-stage detector that classifies and refines boxes. */
public interface SecondStage {
  /**
   * Of the boxes it is given.
   *
   * @param logits (M, K + 1) class logits, the background last
   * @param deltas (M, 4), or (M, 4 * K) for each class
   */
  record Predictions(NDArray logits, NDArray deltas) {}

  /**
   * What {@link #predict} computes with, for those who write it in another form.
   *
   * @param strides of the levels that boxes are pooled from, fine to coarse
   * @param size bins per side of a box's features
   * @param sampling samples per bin and axis; 0 for one per cell
   * @param hidden one after the other, each followed by a ReLU
   * @param classes K + 1 logits, of the last hidden layer
   * @param boxes deltas, of the last hidden layer
   */
  record Layers(
      List<Integer> strides,
      int size,
      int sampling,
      List<Dense> hidden,
      Dense classes,
      Dense boxes) {
    public Layers {
      strides = List.copyOf(strides);
      hidden = List.copyOf(hidden);
    }
  }

  /**
   * A fully connected layer.
   *
   * @param weight (out, in)
   * @param bias (out)
   */
  record Dense(Parameter weight, Parameter bias) {}

  /** Its layers. */
  Layers layers();

  /** How the first stage's deltas become boxes. */
  DeltaCoder proposalCoder();

  /**
   * The boxes that the first stage proposes.
   *
   * @param outputs of the first stage, objectness and deltas of every level
   * @param limits how many
   * @param canvas width and height of each image, pixels; boxes are clipped to it
   * @return of each image, in order of falling objectness; constants
   */
  List<Proposals> propose(Outputs<NDArray> outputs, Proposals.Limits limits, List<float[]> canvas);

  /** How many proposals evaluation keeps, and which. */
  Proposals.Limits limits();

  /**
   * Classifies boxes and refines them.
   *
   * @param features (N, C, H, W) of every level, fine to coarse
   * @param boxes of each image, (G, 4) xyxy pixels; constants; at least one in all
   * @return M rows: the boxes of the first image, then those of the next
   */
  Predictions predict(NDList features, List<float[]> boxes);
}
