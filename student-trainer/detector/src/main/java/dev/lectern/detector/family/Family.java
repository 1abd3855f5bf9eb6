package dev.lectern.detector.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.box.BoxDecoder;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Body;
import dev.lectern.detector.network.PyramidBody;
import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.ClassCoding;
import dev.lectern.schemas.record.Task;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the detectors of one family have in common: what their head gives, and how a reader makes
 * boxes of it. Stateless; {@link Families} lists all there are.
 */
public interface Family {
  /** As specifications write it, and in capitals as descriptors do. */
  String name();

  /** What its networks are for. */
  default Task task() {
    return Task.DETECTION;
  }

  /** The settings of its head. */
  Class<? extends HeadSettings> settings();

  /**
   * Rewrites a specification that an earlier version wrote, in place.
   *
   * @return each former key that was found, and what is written in its place today
   */
  default Map<String, String> upgrade(ObjectNode spec) {
    return Map.of();
  }

  /** A specification in the form of an earlier version, if that has a key for everything in it. */
  default Optional<String> formerYaml(DetectorSpec spec) {
    return Optional.empty();
  }

  /**
   * What the head gives on every level: channels by role, in the order in which an exported model
   * lists them, on the cells of {@link #levels}.
   */
  Map<TensorRole, Integer> tensors(DetectorSpec spec);

  /**
   * What it gives for the instances of an image: shape of one image by role, in the order in which
   * an exported model lists them. Empty for families with predictions per cell alone.
   */
  default Map<TensorRole, List<Integer>> instances(DetectorSpec spec) {
    return Map.of();
  }

  /** The roles of what it gives a reader. */
  default Set<TensorRole> roles(DetectorSpec spec) {
    Set<TensorRole> roles = EnumSet.noneOf(TensorRole.class);
    roles.addAll(tensors(spec).keySet());
    roles.addAll(instances(spec).keySet());
    return roles;
  }

  /** How a reader makes probabilities of class logits. */
  default ClassCoding classes() {
    return new ClassCoding(ClassActivation.SIGMOID, Background.NONE);
  }

  /**
   * What the published names of the head's parameters start with; empty where they share nothing.
   */
  default String headName() {
    return "bbox_head";
  }

  /** What the head gives besides, for losses alone; neither exported nor recorded. */
  default Set<TensorRole> trainingRoles() {
    return Set.of();
  }

  /**
   * The layers with start values.
   *
   * @param network names start here
   * @throws IllegalArgumentException if the parts of the specification do not fit each other
   */
  default Body body(ParameterBuilder network, DetectorSpec spec) {
    return new PyramidBody(network, spec, this);
  }

  /**
   * The levels of a canvas.
   *
   * @param height pixels
   * @param width pixels
   */
  default List<LevelGrid> levels(DetectorSpec spec, int height, int width) {
    return PriorGrid.levels(height, width, spec.strides());
  }

  /**
   * A head with start values.
   *
   * @param parameters names start here
   * @param channels C of each of the neck's levels
   * @throws IllegalArgumentException if the head cannot read them
   */
  Head head(ParameterBuilder parameters, DetectorSpec spec, List<Integer> channels);

  /** The anchors of each cell; of heads without any, the square that stands for one. */
  AnchorGenerator anchors(DetectorSpec spec);

  /** The priors that its predictions are relative to. */
  default PriorGrid priors(DetectorSpec spec, List<LevelGrid> levels) {
    return new PriorGrid(levels, anchors(spec));
  }

  /** How a reader makes boxes and scores of its outputs. */
  HeadCoding coding(DetectorSpec spec);

  /** Makes boxes of its outputs. */
  default BoxDecoder decoder(DetectorSpec spec) {
    return BoxDecoder.of(coding(spec).boxes());
  }
}
