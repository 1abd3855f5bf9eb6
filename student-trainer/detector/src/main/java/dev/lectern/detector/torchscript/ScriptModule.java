package dev.lectern.detector.torchscript;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Pair;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameter.Role;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.WholeFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A TorchScript module whose parameters learn.
 *
 * <p>It runs as in evaluation: batch normalisation, where it was not folded away, uses its stored
 * statistics, which are part of the file and not of the parameters.
 */
final class ScriptModule implements AutoCloseable {
  private final Model model;
  private final PtSymbolBlock block;
  private final Path file;

  /**
   * Loads a file.
   *
   * @throws UserMistakeException if it is missing or no TorchScript
   */
  ScriptModule(Path file, NDManager manager) {
    this.file = file;
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("detector: script.model " + file + ": not found");
    }
    model = Model.newInstance("student", manager.getDevice(), "PyTorch");
    try {
      model.load(file.toAbsolutePath(), null, Map.of("trainParam", "true"));
    } catch (IOException | MalformedModelException | EngineException e) {
      model.close();
      throw new UserMistakeException(
          "detector: script.model " + file + ": found no TorchScript: " + firstLine(e), e);
    }
    block = (PtSymbolBlock) model.getBlock();
    JniUtils.enableInferenceMode(block);
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  /**
   * The parameters, live, in the module's order, each name after the prefix.
   *
   * @param frozen prefixes of names, after the module's own prefix, that do not learn
   */
  List<Parameter> parameters(String prefix, List<String> frozen) {
    List<Parameter> parameters = new ArrayList<>();
    for (Pair<String, ai.djl.nn.Parameter> entry : block.getDirectParameters()) {
      String name = prefix + entry.getValue().getName();
      boolean isFrozen = frozen.stream().anyMatch(name::startsWith);
      NDArray array = entry.getValue().getArray();
      parameters.add(new Parameter(name, array, isFrozen ? Role.FROZEN : Role.LEARNED));
    }
    return parameters;
  }

  /** The module's outputs, flattened in its own order; they attach to the manager of the images. */
  NDList run(NDArray images) {
    // The other mode of DJL makes inference tensors, which no later graph accepts.
    boolean ordinaryTensors = true;
    return IValueUtils.forward(block, new NDList(images), ordinaryTensors);
  }

  /** Writes the module with its current parameters; the file appears whole or not at all. */
  void save(Path target) throws IOException {
    WholeFile.write(
        target,
        temporary -> {
          try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary))) {
            JniUtils.writeModule(block, out, false);
          }
        });
  }

  Path file() {
    return file;
  }

  @Override
  public void close() {
    model.close();
  }
}
