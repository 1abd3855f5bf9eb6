package dev.lectern.teacher.recognition;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.OneLine;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.teacher.model.OnnxGraph;
import dev.lectern.teacher.model.OnnxReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Runs an ONNX file once, with its inner tensors as outputs. */
final class OnnxContents {
  private OnnxContents() {}

  static ModelContents read(Path file, ModelContents.Size size) {
    byte[] bytes;
    OnnxGraph graph;
    try {
      bytes = Files.readAllBytes(file);
      graph = OnnxGraph.read(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new UserMistakeException(
          "model " + file + ": not an ONNX model: " + OneLine.of(e.getMessage()), e);
    } catch (IOException e) {
      throw new UserMistakeException(
          "model " + file + ": cannot be read: " + FileError.describe(e), e);
    }
    graph.requireWeightFiles(file);
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    try {
      environment.setTelemetry(false);
      List<ModelTensor> inputs;
      try (OrtSession session = session(environment, file, bytes)) {
        inputs = inputs(file, session);
      }
      ModelTensor image = image(file, inputs);
      ModelContents.Size canvas = size(file, image, size, graph.metadata());
      Map<String, ModelTensor> found = run(environment, file, bytes, graph, image, canvas);
      List<ModelTensor> outputs = new ArrayList<>();
      graph.outputs().forEach(name -> outputs.add(found.get(name)));
      found.keySet().removeAll(graph.outputs());
      return new ModelContents(
          file,
          image,
          canvas.width(),
          canvas.height(),
          inputs,
          outputs,
          found.values().stream().filter(t -> t.rank() == 4).toList(),
          graph.metadata(),
          Optional.of(graph));
    } catch (OrtException e) {
      throw new UserMistakeException(
          "model " + file + ": ONNX Runtime refuses it: " + OnnxReason.of(e), e);
    }
  }

  private static OrtSession session(OrtEnvironment environment, Path file, byte[] bytes)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path",
          file.toAbsolutePath().getParent().toString());
      return environment.createSession(bytes, options);
    }
  }

  private static List<ModelTensor> inputs(Path file, OrtSession session) throws OrtException {
    List<ModelTensor> inputs = new ArrayList<>();
    for (NodeInfo input : session.getInputInfo().values()) {
      if (!(input.getInfo() instanceof TensorInfo tensor)) {
        throw new UserMistakeException(
            "model "
                + file
                + ": input '"
                + input.getName()
                + "': found a sequence or a map, expected a tensor: export the model with tensors"
                + " as inputs");
      }
      inputs.add(new ModelTensor(input.getName(), type(tensor), tensor.getShape(), ""));
    }
    return inputs;
  }

  private static ModelTensor image(Path file, List<ModelTensor> inputs) {
    return inputs.stream()
        .filter(t -> t.rank() == 4)
        .filter(t -> t.shape()[1] == 3 || t.shape()[1] < 0 && t.shape()[3] != 3)
        .findFirst()
        .orElseThrow(
            () ->
                new UserMistakeException(
                    "model "
                        + file
                        + ": found inputs "
                        + inputs.stream()
                            .map(ModelTensor::toString)
                            .collect(Collectors.joining(", "))
                        + ", expected one for images, (N, 3, height, width)"));
  }

  private static ModelContents.Size size(
      Path file, ModelTensor image, ModelContents.Size asked, Map<String, String> metadata) {
    long height = image.shape()[2];
    long width = image.shape()[3];
    if (asked != null
        && (height > 0 && height != asked.height() || width > 0 && width != asked.width())) {
      throw new UserMistakeException(
          "--size: found "
              + asked.width()
              + "x"
              + asked.height()
              + ", the model takes "
              + side(width)
              + "x"
              + side(height)
              + " alone");
    }
    if (height > 0 && width > 0) {
      return new ModelContents.Size((int) width, (int) height);
    }
    if (asked != null) {
      return asked;
    }
    return Ultralytics.size(metadata)
        .orElseThrow(
            () ->
                new UserMistakeException(
                    "model "
                        + file
                        + ": takes images of any size, expected --size WIDTHxHEIGHT, that of the"
                        + " dataset's views"));
  }

  private static String side(long pixels) {
    return pixels < 0 ? "any" : String.valueOf(pixels);
  }

  /** Every tensor by its name, outputs first; the outputs alone if the others cannot be had. */
  private static Map<String, ModelTensor> run(
      OrtEnvironment environment,
      Path file,
      byte[] bytes,
      OnnxGraph graph,
      ModelTensor image,
      ModelContents.Size size)
      throws OrtException {
    Collection<String> inner =
        graph.inner().stream().filter(name -> isNumbers(graph, name)).toList();
    try {
      return runOnce(environment, file, OnnxGraph.withOutputs(bytes, inner), graph, image, size);
    } catch (OrtException | IOException e) {
      return runOnce(environment, file, bytes, graph, image, size);
    }
  }

  private static boolean isNumbers(OnnxGraph graph, String name) {
    return graph
        .producer(name)
        .map(node -> !node.getOpType().equals("Constant") && !node.getOpType().contains("Sequence"))
        .orElse(false);
  }

  private static Map<String, ModelTensor> runOnce(
      OrtEnvironment environment,
      Path file,
      byte[] bytes,
      OnnxGraph graph,
      ModelTensor image,
      ModelContents.Size size)
      throws OrtException {
    Map<String, OnnxTensor> fed = new LinkedHashMap<>();
    Map<String, ModelTensor> found = new LinkedHashMap<>();
    try (OrtSession session = session(environment, file, bytes)) {
      for (NodeInfo input : session.getInputInfo().values()) {
        fed.put(input.getName(), fed(environment, input, image, size));
      }
      try (OrtSession.Result result = session.run(fed)) {
        for (Map.Entry<String, OnnxValue> value : result) {
          String operator = graph.producer(value.getKey()).map(node -> node.getOpType()).orElse("");
          found.put(
              value.getKey(),
              value.getValue().getInfo() instanceof TensorInfo tensor
                  ? new ModelTensor(value.getKey(), type(tensor), tensor.getShape(), operator)
                  : new ModelTensor(value.getKey(), "a sequence or a map", new long[0], operator));
        }
      }
    } finally {
      fed.values().forEach(OnnxTensor::close);
    }
    return found;
  }

  /** Zeros for the picture; for others what {@link FurtherInput} says of their names. */
  private static OnnxTensor fed(
      OrtEnvironment environment, NodeInfo input, ModelTensor image, ModelContents.Size size)
      throws OrtException {
    TensorInfo info = (TensorInfo) input.getInfo();
    long[] shape = Arrays.stream(info.getShape()).map(d -> d < 0 ? 1 : d).toArray();
    boolean isImage = input.getName().equals(image.name());
    if (isImage) {
      shape[1] = 3;
      shape[2] = size.height();
      shape[3] = size.width();
    }
    int count = Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
    double[] values = isImage ? new double[] {0} : FurtherInput.values(input.getName(), size);
    ByteBuffer bytes = ByteBuffer.allocateDirect(8 * count).order(ByteOrder.nativeOrder());
    for (int i = 0; i < count; i++) {
      double value = values[i % values.length];
      switch (info.type) {
        case DOUBLE -> bytes.putDouble(value);
        case INT64 -> bytes.putLong((long) value);
        case INT32 -> bytes.putInt((int) value);
        case FLOAT -> bytes.putFloat((float) value);
        case FLOAT16 -> bytes.putShort(Float16.bits(value));
        case UINT8, INT8, BOOL -> bytes.put((byte) value);
        default -> throw new OrtException("input " + input.getName() + " takes " + info.type);
      }
    }
    return OnnxTensor.createTensor(environment, bytes.flip(), shape, info.type);
  }

  /** Float16 numbers of the few values that are fed. */
  private static final class Float16 {
    private static final short ONE = 0x3C00;

    private static short bits(double value) {
      return value == 0 ? 0 : ONE;
    }
  }

  private static String type(TensorInfo tensor) {
    return tensor.type == OnnxJavaType.FLOAT
        ? "float32"
        : tensor.type.toString().toLowerCase(java.util.Locale.ROOT);
  }
}
