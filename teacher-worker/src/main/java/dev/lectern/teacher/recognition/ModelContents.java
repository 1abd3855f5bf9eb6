package dev.lectern.teacher.recognition;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.teacher.model.FirstBytes;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.OnnxGraph;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model file holds.
 *
 * @param image the input that takes images, (N, 3, H, W)
 * @param width of the images that it was run with, pixels
 * @param height likewise
 * @param inputs all of them, as declared
 * @param outputs of a run
 * @param inner tensors of the same run that are maps (N, C, h, w); none for TorchScript
 * @param metadata that the exporter left in the file
 * @param graph of an ONNX file
 */
public record ModelContents(
    Path file,
    ModelTensor image,
    int width,
    int height,
    List<ModelTensor> inputs,
    List<ModelTensor> outputs,
    List<ModelTensor> inner,
    Map<String, String> metadata,
    Optional<OnnxGraph> graph) {

  /** Width and height of images, pixels. */
  public record Size(int width, int height) {}

  /**
   * Reads a model and runs it once.
   *
   * @param size of the images, where the file leaves it open; else null
   * @throws UserMistakeException if it is not a model that can be run
   */
  public static ModelContents read(Path file, Size size) {
    FirstBytes.require(file);
    String name = file.getFileName().toString();
    if (name.endsWith(".onnx")) {
      return OnnxContents.read(file, size);
    }
    if (name.endsWith(".pt") || name.endsWith(".pth")) {
      return ScriptContents.read(file, size);
    }
    if (name.endsWith(ModelFile.STUDENT)) {
      throw new UserMistakeException(
          "model file "
              + file
              + ": a student teaches without a descriptor: lectern teach --model "
              + file);
    }
    throw new UserMistakeException(
        "model file " + file + ": expected a name ending in .onnx (ONNX) or .pt (TorchScript)");
  }

  /** Rows and columns of a level. */
  long[] cells(int stride) {
    return new long[] {Level.cells(height, stride), Level.cells(width, stride)};
  }

  /** Cells of several levels. */
  long rows(List<Integer> strides) {
    return strides.stream().mapToLong(s -> cells(s)[0] * cells(s)[1]).sum();
  }
}
