package dev.lectern.detector.family;

import dev.lectern.detector.backbone.Backbone;
import dev.lectern.detector.layer.Convolution;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Body;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.List;

/**
 * The layers of a segmentation network: a dilated backbone, a head on its last map and an auxiliary
 * head on the one before. Its features are those before the classifier. Dropout is left out, so
 * that a step follows from its batch alone.
 */
public abstract class SegmentationBody implements Body {
  private static final double DEVIATION = 0.01;

  private final Backbone backbone;
  private final int channels;

  /**
   * @param channels of the features
   */
  protected SegmentationBody(Backbone backbone, int channels) {
    this.backbone = backbone;
    this.channels = channels;
  }

  /** A 1x1 convolution to logits. */
  protected static Convolution classifier(ParameterBuilder at, int in, int classes) {
    return new Convolution(
        at.normal("weight", DEVIATION, classes, in, 1, 1), at.constant("bias", 0, classes), 1);
  }

  /** The features, of the last map. */
  protected abstract <T> T features(Operations<T> operations, T last);

  /** Class logits, of the features. */
  protected abstract <T> T logits(Operations<T> operations, T features);

  /** Class logits of the auxiliary head, of the map before the last. */
  protected abstract <T> T auxiliaryLogits(Operations<T> operations, T before);

  @Override
  public final List<Integer> featureChannels() {
    return List.of(channels);
  }

  @Override
  public final int imageMultiple() {
    return 1;
  }

  @Override
  public final <T> Outputs<T> apply(Operations<T> operations, T image) {
    List<T> maps = backbone.apply(operations, image);
    T features = features(operations, maps.get(maps.size() - 1));
    T auxiliary = auxiliaryLogits(operations, maps.get(maps.size() - 2));
    return Outputs.<T>none()
        .with(TensorRole.CLASS_LOGITS, List.of(logits(operations, features)))
        .with(TensorRole.AUXILIARY_LOGITS, List.of(auxiliary))
        .with(TensorRole.FEATURES, List.of(features));
  }
}
