package dev.lectern.detector.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.DetectorSpec.Network;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.Family;
import dev.lectern.detector.head.Head;
import dev.lectern.detector.layer.EagerOperations;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Mode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.network.Outputs;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorRole;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A student whose layers come from a TorchScript file: the whole detector, or all up to the neck's
 * features with its family's head after them.
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
  private final Family family;
  private final Head head;
  private final Parameters parameters;
  private final List<Integer> featureChannels;

  /**
   * Loads the module and runs it once on a small blank image to see that its outputs are what the
   * specification says.
   *
   * @param seed start values of a head of our own
   * @throws UserMistakeException if file and specification do not fit together
   */
  public TorchScriptDetector(DetectorSpec spec, NDManager parent, long seed) {
    this.spec = spec;
    family = Families.of(spec);
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
      head =
          spec.network() == Network.TORCHSCRIPT_NECK
              ? family.head(builder.at(family.headName()), spec, featureChannels)
              : null;
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
    boolean neck = spec.network() == Network.TORCHSCRIPT_NECK;
    Set<TensorRole> roles = neck ? Set.of(TensorRole.FEATURES) : family.tensors(spec).keySet();
    for (int stride : spec.strides()) {
      for (TensorRole role : roles) {
        ScriptOutput expected = new ScriptOutput(role, stride);
        if (!outputs.contains(expected)) {
          throw new UserMistakeException(
              "detector: script.outputs: found "
                  + spec.script().outputs()
                  + ", expected also "
                  + expected.name());
        }
      }
    }
  }

  /** Runs a blank image of two coarsest cells each way; channels of the features of each level. */
  private List<Integer> probe() {
    int side = 2 * spec.strides().get(spec.levels() - 1);
    try (NDManager scope = manager.newSubManager()) {
      NDArray blank = scope.zeros(new Shape(1, 3, side, side));
      NDList found = GradientMode.off(() -> module.run(blank));
      requireCount(found);
      List<Integer> channels = new ArrayList<>();
      for (int stride : spec.strides()) {
        int index = outputs.indexOf(new ScriptOutput(TensorRole.FEATURES, stride));
        channels.add(index < 0 ? 0 : (int) found.get(index).getShape().get(1));
      }
      checkShapes(found, blank.getShape(), channels);
      return channels.stream().allMatch(c -> c == 0) ? List.of() : List.copyOf(channels);
    }
  }

  private void requireCount(NDList found) {
    if (found.size() != outputs.size()) {
      throw new UserMistakeException(
          "detector: script.model "
              + module.file()
              + ": found "
              + found.size()
              + " outputs, expected "
              + spec.script().outputs());
    }
  }

  private void checkShapes(NDList found, Shape images, List<Integer> featureChannels) {
    requireCount(found);
    for (int i = 0; i < outputs.size(); i++) {
      ScriptOutput output = outputs.get(i);
      long rows = Level.cells((int) images.get(2), output.stride());
      long columns = Level.cells((int) images.get(3), output.stride());
      int channels =
          output.role() == TensorRole.FEATURES
              ? featureChannels.get(spec.strides().indexOf(output.stride()))
              : family.tensors(spec).get(output.role());
      Shape expected = new Shape(images.get(0), channels, rows, columns);
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
    return featureChannels;
  }

  @Override
  public Outputs<NDArray> forward(NDArray images, Mode mode) {
    NDList found = module.run(images);
    checkShapes(found, images.getShape(), featureChannels);
    List<NDArray> features = ofRole(found, TensorRole.FEATURES);
    Outputs<NDArray> all = Outputs.none();
    if (head == null) {
      for (TensorRole role : family.tensors(spec).keySet()) {
        all = all.with(role, ofRole(found, role));
      }
    } else {
      all = head.apply(new EagerOperations(mode), features);
    }
    return all.with(TensorRole.FEATURES, features);
  }

  /** The outputs of a role in the order of the levels; levels without one are left out. */
  private List<NDArray> ofRole(NDList found, TensorRole role) {
    List<NDArray> arrays = new ArrayList<>();
    for (int stride : spec.strides()) {
      int index = outputs.indexOf(new ScriptOutput(role, stride));
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
