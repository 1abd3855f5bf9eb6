package dev.lectern.detector.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorOutputs;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.DetectorSpec.Network;
import dev.lectern.detector.head.GflHead;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.torchscript.ScriptOutput.Kind;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A student whose layers come from a TorchScript file: the whole detector, or all up to the neck's
 * features with a {@link GflHead} behind them.
 *
 * <p>The module's parameters are called {@code script.} and their own names. Its batch
 * normalisations always use their stored statistics.
 */
public final class TorchScriptDetector implements Detector {
  private static final String PREFIX = "script.";

  private final DetectorSpec spec;
  private final NDManager manager;
  private final ScriptModule module;
  private final List<ScriptOutput> outputs;
  private final GflHead head;
  private final Parameters parameters;
  private final int featureChannels;

  /**
   * Loads the module and runs it once on a small blank image to see that its outputs are what the
   * specification says.
   *
   * @param seed start values of a head of our own
   * @throws UserMistakeException if file and specification do not fit together
   */
  public TorchScriptDetector(DetectorSpec spec, NDManager parent, long seed) {
    this.spec = spec;
    outputs = ScriptOutput.parse(spec.script().outputs(), spec.strides());
    requireOutputs(spec);
    manager = parent.newSubManager();
    ScriptModule loaded = null;
    try {
      loaded = new ScriptModule(Path.of(spec.script().model()), manager);
      module = loaded;
      List<Parameter> all = new ArrayList<>(module.parameters(PREFIX, spec.frozen()));
      featureChannels = probe();
      ParameterBuilder builder = new ParameterBuilder(manager, seed, spec.frozen());
      head = spec.network() == Network.TORCHSCRIPT_NECK ? head(builder) : null;
      all.addAll(builder.created());
      parameters = new Parameters(all);
      parameters.requireEach(spec.frozen());
    } catch (RuntimeException e) {
      if (loaded != null) {
        loaded.close();
      }
      manager.close();
      throw e;
    }
  }

  private void requireOutputs(DetectorSpec spec) {
    for (int stride : spec.strides()) {
      boolean neck = spec.network() == Network.TORCHSCRIPT_NECK;
      for (Kind kind : neck ? List.of(Kind.FEAT) : List.of(Kind.CLS, Kind.DIST)) {
        if (!outputs.contains(new ScriptOutput(kind, stride))) {
          throw new UserMistakeException(
              "detector: script.outputs: found "
                  + spec.script().outputs()
                  + ", expected also "
                  + kind.name().toLowerCase(Locale.ROOT)
                  + "_"
                  + stride);
        }
      }
    }
  }

  private GflHead head(ParameterBuilder builder) {
    return new GflHead(
        builder,
        "bbox_head",
        featureChannels,
        spec.head().channels(),
        spec.head().depth(),
        spec.head().normalization(),
        spec.classes(),
        spec.bins(),
        spec.levels());
  }

  /** Runs a blank image of two coarsest cells each way; the features' channels, 0 without any. */
  private int probe() {
    int side = 2 * spec.strides().get(spec.levels() - 1);
    try (NDManager scope = manager.newSubManager()) {
      NDArray blank = scope.zeros(new Shape(1, 3, side, side));
      NDList found = GradientMode.off(() -> module.run(blank));
      int channels = 0;
      for (int i = 0; i < Math.min(found.size(), outputs.size()); i++) {
        if (outputs.get(i).kind() == Kind.FEAT) {
          channels = (int) found.get(i).getShape().get(1);
        }
      }
      checkShapes(found, blank.getShape(), channels);
      return channels;
    }
  }

  private void checkShapes(NDList found, Shape images, int channels) {
    if (found.size() != outputs.size()) {
      throw new UserMistakeException(
          "detector: script.model "
              + module.file()
              + ": found "
              + found.size()
              + " outputs, expected "
              + spec.script().outputs());
    }
    for (int i = 0; i < outputs.size(); i++) {
      ScriptOutput output = outputs.get(i);
      long rows = cells(images.get(2), output.stride());
      long columns = cells(images.get(3), output.stride());
      Shape expected = new Shape(images.get(0), channels(output.kind(), channels), rows, columns);
      if (!found.get(i).getShape().equals(expected)) {
        throw new UserMistakeException(
            "detector: script.model "
                + module.file()
                + ": output "
                + spec.script().outputs().get(i)
                + " is "
                + found.get(i).getShape()
                + ", expected "
                + expected
                + " for images "
                + images);
      }
    }
  }

  private int channels(Kind kind, int featureChannels) {
    switch (kind) {
      case CLS:
        return spec.classes();
      case DIST:
        return 4 * spec.bins();
      default:
        return featureChannels;
    }
  }

  private static long cells(long pixels, int stride) {
    return (pixels + stride - 1) / stride;
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
  public int featureChannels() {
    return featureChannels;
  }

  @Override
  public DetectorOutputs forward(NDArray images, Mode mode) {
    NDList found = module.run(images);
    checkShapes(found, images.getShape(), featureChannels);
    List<NDArray> features = ofKind(found, Kind.FEAT);
    if (head == null) {
      return new DetectorOutputs(ofKind(found, Kind.CLS), ofKind(found, Kind.DIST), features);
    }
    List<NDArray> clsLogits = new ArrayList<>();
    List<NDArray> distLogits = new ArrayList<>();
    for (GflHead.Logits<NDArray> logits : head.apply(new EagerOperations(mode), features)) {
      clsLogits.add(logits.cls());
      distLogits.add(logits.dist());
    }
    return new DetectorOutputs(clsLogits, distLogits, features);
  }

  /** The outputs of a kind in the order of the levels; levels without one are left out. */
  private List<NDArray> ofKind(NDList found, Kind kind) {
    List<NDArray> arrays = new ArrayList<>();
    for (int stride : spec.strides()) {
      int index = outputs.indexOf(new ScriptOutput(kind, stride));
      if (index >= 0) {
        arrays.add(found.get(index));
      }
    }
    return arrays;
  }

  /**
   * Writes the TorchScript module with its current parameters, without a head of our own; it loads
   * again here and in Python.
   */
  public void saveModule(Path file) throws IOException {
    module.save(file);
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
