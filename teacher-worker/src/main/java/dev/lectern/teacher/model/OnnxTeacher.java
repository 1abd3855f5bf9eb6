package dev.lectern.teacher.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TeacherId;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * An ONNX model in ONNX Runtime. Inputs and outputs are direct buffers that the runtime reads and
 * writes in place; any inner tensor of the graph may be asked for by its name.
 */
public final class OnnxTeacher implements Teacher {
  private final String id;
  private final TeacherDescriptor descriptor;
  private final List<RecordedTensor> tensors;
  private final List<OutputConversion> conversions;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Map<String, OnnxTensor> extraInputs = new LinkedHashMap<>();
  private final Map<TeacherOutputs, Map<String, OnnxTensor>> outputs = new IdentityHashMap<>();

  /** Outputs that are converted, of one batch. */
  private final Map<String, OnnxTensor> unconverted = new LinkedHashMap<>();

  OnnxTeacher(
      TeacherDescriptor descriptor,
      Path model,
      Collection<TensorKind> kinds,
      ComputeDevice device,
      int threads) {
    this.descriptor = descriptor;
    this.tensors = TensorLayout.tensors(descriptor, kinds);
    this.conversions = tensors.stream().map(t -> OutputConversion.of(descriptor, t)).toList();
    byte[] file = bytes(model);
    OnnxGraph graph = graph(model, file);
    graph.requireWeightFiles(model);
    this.id = TeacherId.of(descriptor, files(model, graph));
    byte[] bytes = withInnerTensors(model, file, graph);
    this.environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    try (OrtSession.SessionOptions options = options(model, device, threads)) {
      environment.setTelemetry(false);
      this.session = environment.createSession(bytes, options);
    } catch (OrtException e) {
      throw new UserMistakeException(
          "model " + model + ": ONNX Runtime refuses it: " + OnnxReason.of(e), e);
    }
    try {
      createExtraInputs();
      check(model);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static byte[] bytes(Path model) {
    try {
      return Files.readAllBytes(model);
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + model + ": cannot be read: " + FileError.reason(e), e);
    }
  }

  private static OnnxGraph graph(Path model, byte[] bytes) {
    try {
      return OnnxGraph.read(bytes);
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + model + ": not an ONNX model: " + OneLine.of(e.getMessage()), e);
    }
  }

  /** The model and the files that hold its weights. */
  private static List<Path> files(Path model, OnnxGraph graph) {
    List<Path> files = new ArrayList<>(List.of(model));
    graph.weightFiles().forEach(file -> files.add(model.resolveSibling(file)));
    return files;
  }

  private byte[] withInnerTensors(Path model, byte[] bytes, OnnxGraph graph) {
    OutputCheck check = new OutputCheck(model);
    Set<String> inputs = new LinkedHashSet<>(List.of(descriptor.getInputName()));
    descriptor.getExtraInputs().forEach(input -> inputs.add(input.getName()));
    if (!graph.inputs().equals(inputs)) {
      check.problem(
          "found inputs "
              + graph.inputs()
              + ", expected "
              + inputs.stream().map(name -> "'" + name + "'").toList());
    }
    graph
        .trainingMode()
        .ifPresent(
            tensor ->
                check.problem(
                    "'"
                        + tensor
                        + "' is normalised by the batch it is in (training_mode 1); export the model"
                        + " in evaluation mode, after model.eval()"));
    Set<String> added = new LinkedHashSet<>();
    for (RecordedTensor spec : tensors) {
      if (!graph.outputs().contains(spec.getOutput())) {
        if (graph.inner().contains(spec.getOutput())) {
          added.add(spec.getOutput());
        } else {
          check.missing(spec, graph.outputs(), graph.inner());
        }
      }
    }
    check.done();
    try {
      return OnnxGraph.withOutputs(bytes, added);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
  }

  private static OrtSession.SessionOptions options(Path model, ComputeDevice device, int threads)
      throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    options.setIntraOpNumThreads(threads);
    options.setDeterministicCompute(true);
    // Waiting threads sleep: decoding and encoding need the processor meanwhile.
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    options.addConfigEntry(
        "session.model_external_initializers_file_folder_path",
        model.toAbsolutePath().getParent().toString());
    if (device.type() == ComputeDevice.Type.CUDA) {
      addCuda(options, device);
    }
    return options;
  }

  private static void addCuda(OrtSession.SessionOptions options, ComputeDevice device) {
    Set<OrtProvider> providers = OrtEnvironment.getAvailableProviders();
    if (!providers.contains(OrtProvider.CUDA)) {
      throw new UserMistakeException(
          "device "
              + device
              + ": this ONNX Runtime has no CUDA (found "
              + providers.stream().map(OrtProvider::getName).collect(Collectors.joining(", "))
              + "); expected onnxruntime_gpu on the class path in place of onnxruntime");
    }
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.index())) {
      // Full float32 and an algorithm that does not depend on a timing race: the same bits each
      // run.
      cuda.add("use_tf32", "0");
      cuda.add("cudnn_conv_algo_search", "DEFAULT");
      options.addCUDA(cuda);
    } catch (OrtException e) {
      throw new UserMistakeException(
          "device " + device + ": cannot be used: " + OnnxReason.of(e), e);
    }
  }

  private void check(Path model) {
    OutputCheck check = new OutputCheck(model);
    long[] expected = inputShape();
    try {
      for (NodeInfo any : session.getInputInfo().values()) {
        if (!(any.getInfo() instanceof TensorInfo)) {
          check.problem(
              "input '" + any.getName() + "': found a sequence or a map, expected a tensor");
        }
      }
      check.done();
      NodeInfo info = session.getInputInfo().get(descriptor.getInputName());
      TensorInfo input = (TensorInfo) info.getInfo();
      if (input.type != OnnxJavaType.FLOAT) {
        check.problem("input: found " + input.type + " numbers, expected float32");
      }
      if (!accepts(input.getShape(), expected)) {
        check.problem(
            "input '"
                + descriptor.getInputName()
                + "': found "
                + Arrays.toString(input.getShape())
                + " (-1 is any), expected "
                + Arrays.toString(expected)
                + views(input.getShape()));
      }
      check.done();
      FloatBuffer zeros = TeacherOutputs.floats((long) batchSize() * inputSize());
      Set<String> names =
          tensors.stream().map(RecordedTensor::getOutput).collect(Collectors.toSet());
      try (OnnxTensor tensor = OnnxTensor.createTensor(environment, zeros, expected);
          OrtSession.Result result = session.run(withExtraInputs(tensor), names)) {
        for (int i = 0; i < tensors.size(); i++) {
          check(tensors.get(i), conversions.get(i), result, check);
        }
      }
    } catch (OrtException e) {
      check.problem("a batch of zeros fails: " + OnnxReason.of(e));
    }
    check.done();
  }

  /** What helps where the file fixes how many views it takes at a time. */
  private String views(long[] declared) {
    if (declared.length == 0 || declared[0] < 1 || declared[0] == batchSize()) {
      return "";
    }
    return "; the model takes "
        + (declared[0] == 1 ? "one view" : declared[0] + " views")
        + " at a time: set batch-size: "
        + declared[0];
  }

  private void check(
      RecordedTensor spec, OutputConversion conversion, OrtSession.Result result, OutputCheck check)
      throws OrtException {
    if (!(result.get(spec.getOutput()).orElseThrow().getInfo() instanceof TensorInfo found)) {
      check.noTensor(spec, "a sequence or a map");
      return;
    }
    check.output(spec, conversion, batchSize(), found.getShape(), found.type.toString());
    if (!conversion.isNone()
        && conversion.isFixed()
        && !unconverted.containsKey(spec.getOutput())) {
      unconverted.put(
          spec.getOutput(),
          OnnxTensor.createTensor(
              environment,
              TeacherOutputs.floats(LongStream.of(found.getShape()).reduce(1, Math::multiplyExact)),
              found.getShape()));
    }
  }

  private void createExtraInputs() {
    for (FixedInput input : FixedInput.of(descriptor)) {
      try {
        extraInputs.put(input.name(), tensor(input));
      } catch (OrtException e) {
        throw new UserMistakeException(
            "extra-inputs: " + input.name() + ": " + OnnxReason.of(e), e);
      }
    }
  }

  private OnnxTensor tensor(FixedInput input) throws OrtException {
    double[] numbers = input.numbers();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(numbers.length * Long.BYTES).order(ByteOrder.nativeOrder());
    return switch (input.type()) {
      case FLOAT32 -> {
        FloatBuffer values = bytes.asFloatBuffer();
        DoubleStream.of(numbers).forEach(n -> values.put((float) n));
        yield OnnxTensor.createTensor(environment, values.flip(), input.shape());
      }
      case INT32 -> {
        IntBuffer values = bytes.asIntBuffer();
        DoubleStream.of(numbers).forEach(n -> values.put((int) n));
        yield OnnxTensor.createTensor(environment, values.flip(), input.shape());
      }
      case INT64 -> {
        LongBuffer values = bytes.asLongBuffer();
        DoubleStream.of(numbers).forEach(n -> values.put((long) n));
        yield OnnxTensor.createTensor(environment, values.flip(), input.shape());
      }
    };
  }

  private Map<String, OnnxTensor> withExtraInputs(OnnxTensor image) {
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>(extraInputs);
    inputs.put(descriptor.getInputName(), image);
    return inputs;
  }

  private static boolean accepts(long[] declared, long[] wanted) {
    if (declared.length != wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (declared[i] >= 0 && declared[i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private long[] inputShape() {
    return new long[] {batchSize(), 3, descriptor.getInputHeight(), descriptor.getInputWidth()};
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
    try (OnnxTensor in =
        OnnxTensor.createTensor(environment, input.duplicate().rewind(), inputShape())) {
      Map<String, OnnxTensor> pinned = outputs.get(into);
      if (pinned == null) {
        pinned = pin(into);
        outputs.put(into, pinned);
      }
      Map<String, OnnxTensor> written = new LinkedHashMap<>(pinned);
      written.putAll(unconverted);
      Set<String> loose = loose();
      try (OrtSession.Result result =
          loose.isEmpty()
              ? session.run(withExtraInputs(in), written)
              : session.run(withExtraInputs(in), loose, written)) {
        convertLoose(result, into);
      }
      for (int i = 0; i < tensors.size(); i++) {
        if (!conversions.get(i).isNone() && conversions.get(i).isFixed()) {
          OnnxTensor output = unconverted.get(tensors.get(i).getOutput());
          conversions
              .get(i)
              .convert(
                  (FloatBuffer) output.getBufferRef().orElseThrow(),
                  output.getInfo().getShape(),
                  into.batch(i));
        }
      }
    } catch (OrtException e) {
      throw new InferenceException("teacher " + descriptor.getName() + ": " + OnnxReason.of(e), e);
    }
  }

  /** Outputs whose shape may differ from batch to batch. */
  private Set<String> loose() {
    Set<String> loose = new LinkedHashSet<>();
    for (int i = 0; i < tensors.size(); i++) {
      if (!conversions.get(i).isFixed()) {
        loose.add(tensors.get(i).getOutput());
      }
    }
    return loose;
  }

  private void convertLoose(OrtSession.Result result, TeacherOutputs into) throws OrtException {
    for (int i = 0; i < tensors.size(); i++) {
      if (!conversions.get(i).isFixed()) {
        OnnxTensor output = (OnnxTensor) result.get(tensors.get(i).getOutput()).orElseThrow();
        long[] shape = output.getInfo().getShape();
        if (!conversions.get(i).fits(shape, batchSize())) {
          throw new InferenceException(
              "teacher "
                  + descriptor.getName()
                  + ": output '"
                  + tensors.get(i).getOutput()
                  + "' is "
                  + Arrays.toString(shape)
                  + " for this batch",
              null);
        }
        conversions.get(i).convert(floats(output), shape, into.batch(i));
      }
    }
    InstanceConversion.clearUnused(into, batchSize());
  }

  private static FloatBuffer floats(OnnxTensor output) {
    return switch (output.getInfo().type) {
      case INT64 -> {
        LongBuffer whole = output.getLongBuffer();
        FloatBuffer numbers = FloatBuffer.allocate(whole.remaining());
        while (whole.hasRemaining()) {
          numbers.put(whole.get());
        }
        yield numbers.flip();
      }
      case INT32 -> {
        IntBuffer whole = output.getIntBuffer();
        FloatBuffer numbers = FloatBuffer.allocate(whole.remaining());
        while (whole.hasRemaining()) {
          numbers.put(whole.get());
        }
        yield numbers.flip();
      }
      default -> output.getFloatBuffer();
    };
  }

  private Map<String, OnnxTensor> pin(TeacherOutputs into) throws OrtException {
    Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      RecordedTensor spec = tensors.get(i);
      if (conversions.get(i).isNone()) {
        pinned.put(
            spec.getOutput(),
            OnnxTensor.createTensor(
                environment, into.batch(i), TeacherOutputs.batchShape(spec, batchSize())));
      }
    }
    return pinned;
  }

  @Override
  public void close() {
    unconverted.values().forEach(OnnxTensor::close);
    outputs.values().forEach(pinned -> pinned.values().forEach(OnnxTensor::close));
    outputs.clear();
    unconverted.clear();
    extraInputs.values().forEach(OnnxTensor::close);
    extraInputs.clear();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime session cannot be closed", e);
    }
  }
}
