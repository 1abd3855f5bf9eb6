package dev.lectern.teacher.model;

import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.export.proto.StringStringEntryProto;
import dev.lectern.detector.export.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a model with its weights in a file beside it, as large models are exported. */
final class ExternalWeights {
  private ExternalWeights() {}

  /** Returns the weights' bytes. */
  static byte[] write(ModelProto model, Path file, String weights) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ModelProto.Builder external = model.toBuilder();
    for (TensorProto.Builder weight : external.getGraphBuilder().getInitializerBuilderList()) {
      int offset = bytes.size();
      weight.getRawData().writeTo(bytes);
      weight
          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(entry("location", weights))
          .addExternalData(entry("offset", "" + offset))
          .addExternalData(entry("length", "" + weight.getRawData().size()))
          .clearRawData();
    }
    Files.write(file, external.build().toByteArray());
    Files.write(file.resolveSibling(weights), bytes.toByteArray());
    return bytes.toByteArray();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
