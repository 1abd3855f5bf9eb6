package dev.lectern.detector.weights;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.export.proto.TensorProto;
import dev.lectern.detector.weights.Safetensors.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The parameters of an ONNX file by name: its initialisers of numbers, but for those that exporters
 * name themselves ({@code onnx::Conv_493}, {@code /head/Constant_output_0}, {@code groups.2}).
 */
final class OnnxInitializers {
  private OnnxInitializers() {}

  /** Names of modules joined by dots, as a state dict has them. */
  private static final Pattern PARAMETER = Pattern.compile("[^:/]+\\.[A-Za-z_]\\w*");

  /**
   * Reads every parameter, in the file's order.
   *
   * @throws CorruptWeightsException if the bytes are no ONNX model, or its numbers lie in another
   *     file
   */
  static Map<String, Array> read(byte[] bytes, Path file) throws CorruptWeightsException {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new CorruptWeightsException(file + ": found no whole ONNX model", e);
    }
    Map<String, Array> arrays = new LinkedHashMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      Optional<ElementType> type = ElementType.ofOnnx(tensor.getDataType());
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        throw new CorruptWeightsException(
            file
                + ": found "
                + tensor.getName()
                + " in another file, expected an ONNX model in one file");
      }
      if (type.isPresent() && PARAMETER.matcher(tensor.getName()).matches()) {
        arrays.put(tensor.getName(), array(tensor, type.get(), file));
      }
    }
    return arrays;
  }

  private static Array array(TensorProto tensor, ElementType type, Path file)
      throws CorruptWeightsException {
    float[] values;
    if (tensor.getFloatDataCount() > 0) {
      values = new float[tensor.getFloatDataCount()];
      for (int i = 0; i < values.length; i++) {
        values[i] = tensor.getFloatData(i);
      }
    } else {
      ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      values = type.all(raw, raw.remaining() / type.bytes());
    }
    try {
      return new Array(tensor.getDimsList(), values);
    } catch (IllegalArgumentException e) {
      throw new CorruptWeightsException(file + ": " + tensor.getName() + ": " + e.getMessage(), e);
    }
  }
}
