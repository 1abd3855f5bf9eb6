package dev.lectern.teacher.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TeacherId;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A TorchScript model in libtorch, through DJL. A tuple's parts get the names that the descriptor
 * lists under {@code outputs}, or {@code output0}, {@code output1} and so on; a dictionary has
 * names of its own. Inner tensors cannot be asked for.
 */
public final class TorchScriptTeacher implements Teacher {
  private static final String ENGINE = "PyTorch";

  private final String id;
  private final TeacherDescriptor descriptor;
  private final List<RecordedTensor> tensors;
  private final List<OutputConversion> conversions;

  /** Of each output with a batch of zeros. */
  private final List<Shape> shapes = new ArrayList<>();

  private final int threads;
  private final Model model;
  private final ParameterStore parameters;

  TorchScriptTeacher(
      TeacherDescriptor descriptor,
      Path file,
      Collection<TensorKind> kinds,
      ComputeDevice device,
      int threads) {
    this.descriptor = descriptor;
    this.tensors = TensorLayout.tensors(descriptor, kinds);
    this.conversions = tensors.stream().map(t -> OutputConversion.of(descriptor, t)).toList();
    this.threads = threads;
    this.id = TeacherId.of(descriptor, file);
    this.model = Model.newInstance("teacher", TorchDevice.of(device).djl(), ENGINE);
    try {
      // Weights that were saved on a GPU come to this device.
      model.load(file, null, Map.of("mapLocation", "true"));
      this.parameters = new ParameterStore(model.getNDManager(), true);
      check(file);
    } catch (IOException | MalformedModelException | EngineException e) {
      model.close();
      throw new UserMistakeException(
          "model "
              + file
              + ": not a TorchScript model that libtorch can load: "
              + ScriptCode.cause(e),
          e);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private void check(Path file) {
    OutputCheck check = new OutputCheck(file);
    try (NDManager scope = model.getNDManager().newSubManager()) {
      FloatBuffer zeros = TeacherOutputs.floats((long) batchSize() * inputSize());
      NDList found = forward(zeros, scope);
      Map<String, NDArray> named = named(found);
      if (named == null) {
        check.problem(
            "found "
                + found.size()
                + " outputs without names, expected the "
                + descriptor.getOutputs().size()
                + " that the key 'outputs' lists");
        check.done();
      }
      for (int i = 0; i < tensors.size(); i++) {
        RecordedTensor spec = tensors.get(i);
        NDArray array = named.get(spec.getOutput());
        if (array == null) {
          check.missing(spec, named.keySet(), List.of());
        } else {
          shapes.add(array.getShape());
          check.output(
              spec,
              conversions.get(i),
              batchSize(),
              array.getShape().getShape(),
              array.getDataType().toString());
        }
      }
    } catch (EngineException e) {
      check.problem("a batch of zeros fails: " + ScriptCode.cause(e) + wayOut(file, e));
    } catch (UnsupportedOperationException e) {
      throw ScriptCode.noTensor(file, e);
    }
    check.done();
  }

  /** What a user can do when the model does not run. */
  private String wayOut(Path file, EngineException failure) {
    String wayOut = ScriptCode.wayOut(file, failure);
    if (!wayOut.isEmpty()) {
      return wayOut;
    }
    return runsAlone() ? "; the model takes one view at a time: set batch-size: 1" : "";
  }

  /** Whether the model runs with a single view where it does not with a batch. */
  private boolean runsAlone() {
    if (batchSize() == 1) {
      return false;
    }
    try (NDManager scope = model.getNDManager().newSubManager()) {
      forward(TeacherOutputs.floats(inputSize()), 1, scope);
      return true;
    } catch (EngineException e) {
      return false;
    }
  }

  private NDList forward(FloatBuffer input, NDManager scope) {
    return forward(input, batchSize(), scope);
  }

  private NDList forward(FloatBuffer input, int views, NDManager scope) {
    // Both are settings of the calling thread.
    JniUtils.setNumThreads(threads);
    JniUtils.setGraphExecutorOptimize(false);
    Shape shape = new Shape(views, 3, descriptor.getInputHeight(), descriptor.getInputWidth());
    NDArray array = scope.create(input.duplicate().rewind(), shape, DataType.FLOAT32);
    NDList inputs = new NDList(array);
    for (FixedInput extra : FixedInput.of(descriptor)) {
      DataType type =
          switch (extra.type()) {
            case FLOAT32 -> DataType.FLOAT32;
            case INT32 -> DataType.INT32;
            case INT64 -> DataType.INT64;
          };
      inputs.add(scope.create(extra.numbers(), new Shape(extra.shape())).toType(type, false));
    }
    NDList outputs = model.getBlock().forward(parameters, inputs, false);
    outputs.attach(scope);
    return outputs;
  }

  /**
   * Outputs by name, in float32 where traces made float64 of them; null when they have no names and
   * the descriptor lists another number of them.
   */
  private Map<String, NDArray> named(NDList outputs) {
    List<String> names = new ArrayList<>();
    for (NDArray output : outputs) {
      if (output.getName() != null) {
        names.add(output.getName());
      }
    }
    if (names.size() != outputs.size()) {
      names =
          descriptor.getOutputs().isEmpty()
              ? IntStream.range(0, outputs.size()).mapToObj(i -> "output" + i).toList()
              : descriptor.getOutputs();
    }
    if (names.size() != outputs.size()) {
      return null;
    }
    Map<String, NDArray> named = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      NDArray output = outputs.get(i);
      named.put(
          names.get(i),
          output.getDataType() == DataType.FLOAT64
              ? output.toType(DataType.FLOAT32, false)
              : output);
    }
    return named;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public TeacherDescriptor descriptor() {
    return descriptor;
  }

  @Override
  public List<RecordedTensor> tensors() {
    return tensors;
  }

  @Override
  public void infer(FloatBuffer input, TeacherOutputs into) {
    try (NDManager scope = model.getNDManager().newSubManager()) {
      Map<String, NDArray> named = named(forward(input, scope));
      for (int i = 0; i < tensors.size(); i++) {
        NDArray array = named.get(tensors.get(i).getOutput());
        if (!conversions.get(i).isFixed()) {
          array = array.toType(DataType.FLOAT32, false);
        } else if (!array.getShape().equals(shapes.get(i))) {
          throw new InferenceException(
              "teacher "
                  + descriptor.getName()
                  + ": output "
                  + tensors.get(i).getOutput()
                  + ": found shape "
                  + array.getShape()
                  + ", expected "
                  + shapes.get(i)
                  + " as with a batch of zeros");
        }
        FloatBuffer output =
            array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
        if (conversions.get(i).isNone()) {
          into.batch(i).put(output);
        } else {
          conversions.get(i).convert(output, array.getShape().getShape(), into.batch(i));
        }
      }
      InstanceConversion.clearUnused(into, batchSize());
    } catch (EngineException e) {
      throw new InferenceException(
          "teacher " + descriptor.getName() + ": " + ScriptCode.cause(e), e);
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
