package dev.lectern.detector.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorOutputs;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;

/** A detector written in DJL: {@link GflNetwork} run eagerly. */
public final class GflDetector implements Detector {
  private final DetectorSpec spec;
  private final NDManager manager;
  private final GflNetwork network;
  private final Parameters parameters;

  /** Creates the network with start values drawn from the seed. */
  GflDetector(DetectorSpec spec, NDManager parent, long seed) {
    this.spec = spec;
    manager = parent.newSubManager();
    try {
      ParameterBuilder builder = new ParameterBuilder(manager, seed, spec.frozen());
      network = new GflNetwork(spec, builder);
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

  /** The network itself, for recording it in another form. */
  public GflNetwork network() {
    return network;
  }

  @Override
  public int featureChannels() {
    return network.featureChannels();
  }

  @Override
  public DetectorOutputs forward(NDArray images, Mode mode) {
    Shape shape = images.getShape();
    long multiple = network.imageMultiple();
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
    GflNetwork.Outputs<NDArray> outputs = network.apply(new EagerOperations(mode), images);
    return new DetectorOutputs(outputs.clsLogits(), outputs.distLogits(), outputs.features());
  }

  @Override
  public void close() {
    manager.close();
  }
}
