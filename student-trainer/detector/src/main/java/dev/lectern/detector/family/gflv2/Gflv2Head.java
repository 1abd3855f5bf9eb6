package dev.lectern.detector.family.gflv2;

import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.List;

/**
 * The head of GFLv2: Li et al. 2021 (arXiv:2011.12885), section 3.
 *
 * <pre>
 *   joint score = sigmoid(class logit) · quality
 * </pre>
 *
 * @param towers class logits and box distributions, as in GFL
 * @param quality of each cell's box
 */
record Gflv2Head(Head towers, DistributionGuidedQuality quality) implements Head {
  @Override
  public <T> Outputs<T> apply(Operations<T> operations, List<T> features) {
    Outputs<T> outputs = towers.apply(operations, features);
    List<T> joint = new ArrayList<>();
    for (int level = 0; level < features.size(); level++) {
      T score = operations.sigmoid(outputs.get(TensorRole.CLASS_LOGITS, level));
      T ofBox = quality.apply(operations, outputs.get(TensorRole.BOX_DISTRIBUTION, level));
      joint.add(operations.product(score, ofBox));
    }
    return outputs.with(TensorRole.JOINT_SCORE, joint);
  }
}
