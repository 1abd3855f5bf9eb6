package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.TensorKind;
import java.util.Optional;

/**
 * What a recorded tensor means; with its level it names the tensor: {@code cls.0} is the class
 * logits of the finest level. Tensors of instances have no level: {@code boxes}.
 *
 * <p>A is the number of anchors per cell (1 where a cell is a point), K the number of classes, P
 * the number of rows of instances.
 */
public enum TensorRole {
  /** Class logits before the activation, (A * K, H, W). */
  CLASS_LOGITS("cls", TensorKind.CLASS_SCORES),
  /** Centerness or objectness logit, (A, H, W). */
  QUALITY("ctr", TensorKind.CLASS_SCORES),
  /** Score of class and quality in one, after its activation, (K, H, W). */
  JOINT_SCORE("joint", TensorKind.CLASS_SCORES),
  /** Class logits of a head that only helps training, (K, H, W). */
  AUXILIARY_LOGITS("aux", TensorKind.CLASS_SCORES),
  /**
   * Logits of the distance to each side, (A * 4 * bins, H, W), side-major: left, top, right,
   * bottom.
   */
  BOX_DISTRIBUTION("dist", TensorKind.BOX_LOGITS),
  /** Centre offsets and log sizes about an anchor, (A * 4, H, W). */
  BOX_DELTAS("delta", TensorKind.BOX_LOGITS),
  /** Distances to left, top, right and bottom, (4, H, W). */
  BOX_DISTANCES("ltrb", TensorKind.BOX_LOGITS),
  /**
   * Offsets (y, x) of a box's nine points, (18, H, W); where its size is their deviation, two more
   * channels hold the logarithms of the factors of width and height.
   */
  BOX_POINTS("points", TensorKind.BOX_LOGITS),
  /** The points of the first of two stages, (2 * points, H, W). */
  INITIAL_POINTS("initial", TensorKind.BOX_LOGITS),
  /** Centre offset and log size, (4, H, W). */
  BOX_CENTER("center", TensorKind.BOX_LOGITS),
  /** Neck features, (C, H, W). */
  FEATURES("fpn", TensorKind.FPN_FEATURES),
  /** How many of the rows count, (1); what stands in the others is not read. */
  INSTANCE_COUNT("rows", TensorKind.INSTANCES),
  /** Proposals, queries or detections: corners in pixels of the canvas, (P, 4). */
  INSTANCE_BOXES("boxes", TensorKind.INSTANCES),
  /** Probability that the box of an instance shows an object, (P). */
  INSTANCE_OBJECTNESS("objectness", TensorKind.INSTANCES),
  /** Class logits before the activation, (P, K + background). */
  INSTANCE_LOGITS("logits", TensorKind.INSTANCES),
  /** Class of a detection, (P). */
  INSTANCE_LABELS("labels", TensorKind.INSTANCES),
  /** Probability of a detection, (P). */
  INSTANCE_SCORES("scores", TensorKind.INSTANCES),
  /** Centre offsets and log sizes about the box, (P, 4), or for each class, (P, 4 * K). */
  INSTANCE_DELTAS("deltas", TensorKind.INSTANCES),
  /**
   * Logits of how far each side of the reference box moves outwards, (P, 4 * bins), side-major:
   * left, top, right, bottom.
   */
  INSTANCE_DISTRIBUTION("dist", TensorKind.INSTANCES),
  /** What the distributions are relative to: corners in pixels of the canvas, (P, 4). */
  INSTANCE_REFERENCES("references", TensorKind.INSTANCES),
  /** Embedding of an instance, (P, C). */
  INSTANCE_FEATURES("features", TensorKind.INSTANCES);

  private final String prefix;
  private final TensorKind kind;

  TensorRole(String prefix, TensorKind kind) {
    this.prefix = prefix;
    this.kind = kind;
  }

  /** Whose payload holds it. */
  public TensorKind kind() {
    return kind;
  }

  /** Whether its tensor has a row for each instance, and no cells. */
  public boolean isOfInstances() {
    return kind == TensorKind.INSTANCES;
  }

  /** The name of its tensor on a level, counted from the finest; instances have no levels. */
  public String at(int level) {
    return isOfInstances() ? prefix : prefix + "." + level;
  }

  /** What stands before the dot of a name, or the whole name where it has none. */
  public String prefix() {
    return prefix;
  }

  /** The role of a tensor by its name; empty if no role has such names. */
  public static Optional<TensorRole> of(String name) {
    int dot = name.indexOf('.');
    String prefix = dot < 0 ? name : name.substring(0, dot);
    for (TensorRole role : values()) {
      if (role.isOfInstances() == dot < 0 && role.prefix.equals(prefix)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
