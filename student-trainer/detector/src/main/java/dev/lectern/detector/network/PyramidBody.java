package dev.lectern.detector.network;

import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.backbone.Backbone;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.neck.Neck;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.List;
import java.util.Optional;

/** Backbone, neck and a family's head, one after the other. */
public final class PyramidBody implements Body {
  private final Backbone backbone;
  private final Neck neck;
  private final Head head;

  /** Which of the backbone's maps the neck reads: from the first to before the last. */
  private final int first;

  private final int end;

  /**
   * Creates the layers.
   *
   * @throws IllegalArgumentException if the parts do not fit each other
   */
  public PyramidBody(ParameterBuilder builder, DetectorSpec spec, Family family) {
    backbone = spec.backbone().create(builder);
    first = backbone.strides().indexOf(spec.strides().get(0));
    if (first < 0) {
      throw new IllegalArgumentException(
          "strides: found "
              + spec.strides()
              + ", expected the first to be one of "
              + backbone.strides());
    }
    end = Math.min(first + spec.levels(), backbone.strides().size());
    neck = spec.neck().create(builder, backbone.channels().subList(first, end), spec.levels());
    head = family.head(builder.at(family.headName()), spec, neck.channels());
  }

  @Override
  public List<Integer> featureChannels() {
    return neck.channels();
  }

  @Override
  public Optional<SecondStage> secondStage() {
    return head instanceof SecondStage second ? Optional.of(second) : Optional.empty();
  }

  @Override
  public int imageMultiple() {
    return backbone.strides().get(end - 1);
  }

  @Override
  public <T> Outputs<T> apply(Operations<T> operations, T image) {
    List<T> maps = backbone.apply(operations, image).subList(first, end);
    List<T> features = neck.apply(operations, maps);
    return head.apply(operations, features).with(TensorRole.FEATURES, features);
  }
}
