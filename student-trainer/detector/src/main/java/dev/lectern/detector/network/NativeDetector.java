package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.backbone.Backbone;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.neck.Neck;
import dev.lectern.schemas.descriptor.TensorRole;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A detector written in DJL: backbone, neck and its family's head, one after the other. */
public final class NativeDetector implements Detector {
  private final DetectorSpec spec;
  private final NDManager manager;
  private final Backbone backbone;
  private final Neck neck;
  private final Head head;
  private final Parameters parameters;

  /** Which of the backbone's maps the neck reads: from the first to before the last. */
  private final int first;

  private final int end;

  /** Creates the network with start values drawn from the seed. */
  NativeDetector(DetectorSpec spec, NDManager parent, long seed) {
    this.spec = spec;
    manager = parent.newSubManager();
    try {
      ParameterBuilder builder = new ParameterBuilder(manager, seed, spec.frozen());
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
      Family family = Families.of(spec);
      head = family.head(builder.at(family.headName()), spec, neck.channels());
      parameters = builder.build();
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public DetectorSpec spec() {
    return spec;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public List<Integer> featureChannels() {
    return neck.channels();
  }

  /** Width and height of the image must be multiples of this many pixels. */
  public int imageMultiple() {
    return backbone.strides().get(end - 1);
  }

  /**
   * Runs or records the network.
   *
   * @param image (N, 3, height, width)
   */
  public <T> Outputs<T> apply(Operations<T> operations, T image) {
    List<T> maps = backbone.apply(operations, image).subList(first, end);
    List<T> features = neck.apply(operations, maps);
    return head.apply(operations, features).with(TensorRole.FEATURES, features);
  }

  @Override
  public Outputs<NDArray> forward(NDArray images, Mode mode) {
    Shape shape = images.getShape();
    long multiple = imageMultiple();
    if (shape.dimension() != 4
        || shape.get(1) != 3
        || shape.get(2) % multiple != 0
        || shape.get(3) % multiple != 0) {
      throw new IllegalArgumentException(
          "images: found "
              + shape
              + ", expected (N, 3, height, width) with height and width multiples of "
              + multiple);
    }
    Outputs<NDArray> outputs = apply(new EagerOperations(mode), images);
    return mode == Mode.EVALUATE && head instanceof SecondStage second
        ? Instances.with(
            outputs,
            second,
            Families.of(spec).instances(spec),
            Collections.nCopies((int) shape.get(0), new float[] {shape.get(3), shape.get(2)}))
        : outputs;
  }

  @Override
  public Optional<SecondStage> secondStage() {
    return head instanceof SecondStage second ? Optional.of(second) : Optional.empty();
  }

  @Override
  public void close() {
    manager.close();
  }
}
