package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.head.SecondStage;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Operations;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A network written in DJL, with the layers of its family. */
public final class NativeDetector implements Detector {
  private final DetectorSpec spec;
  private final NDManager manager;
  private final Body body;
  private final Parameters parameters;

  /** Creates the network with start values drawn from the seed. */
  NativeDetector(DetectorSpec spec, NDManager parent, long seed) {
    this.spec = spec;
    manager = parent.newSubManager();
    try {
      ParameterBuilder builder = new ParameterBuilder(manager, seed, spec.frozen());
      body = Families.of(spec).body(builder, spec);
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
    return body.featureChannels();
  }

  /** Width and height of the image must be multiples of this many pixels. */
  public int imageMultiple() {
    return body.imageMultiple();
  }

  /**
   * Runs or records the network.
   *
   * @param image (N, 3, height, width)
   */
  public <T> Outputs<T> apply(Operations<T> operations, T image) {
    return body.apply(operations, image);
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
    Outputs<NDArray> outputs = pass(images, mode);
    if (mode != Mode.EVALUATE || secondStage().isEmpty()) {
      return outputs;
    }
    return Instances.with(
        outputs,
        secondStage().get(),
        Families.of(spec).instances(spec),
        Collections.nCopies((int) shape.get(0), new float[] {shape.get(3), shape.get(2)}));
  }

  /**
   * What lies between images and outputs is let go of here, so that it is gone when backward has
   * used it, and its memory is used again within the step.
   */
  private Outputs<NDArray> pass(NDArray images, Mode mode) {
    NDManager step = images.getManager();
    try (NDManager pass = step.newSubManager()) {
      NDArray input = EagerOperations.channelsLast(images);
      input.attach(pass);
      Outputs<NDArray> outputs = apply(new EagerOperations(mode), input);
      outputs.all().forEach(output -> output.attach(step));
      return outputs;
    }
  }

  @Override
  public Optional<SecondStage> secondStage() {
    return body.secondStage();
  }

  @Override
  public void close() {
    manager.close();
  }
}
