package dev.lectern.teacher.model;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Opens a teacher by what its file is: {@code .onnx}, TorchScript in {@code .pt}, or a student in
 * {@code .safetensors}.
 */
public final class ModelFile {
  static final String ONNX = ".onnx";

  /** How the file of a trained student ends. */
  public static final String STUDENT = ".safetensors";

  private ModelFile() {}

  /**
   * Loads a model, runs one batch and compares its outputs with the descriptor.
   *
   * @param kinds what will be asked for
   * @param threads of one inference call on the CPU
   * @throws UserMistakeException if the file is missing or no such model, the device is not there,
   *     or the model differs from the descriptor; the message lists every difference
   */
  public static Teacher open(
      TeacherDescriptor descriptor,
      Path model,
      Collection<TensorKind> kinds,
      ComputeDevice device,
      int threads) {
    FirstBytes.require(model);
    String name = model.getFileName().toString();
    if (name.endsWith(ONNX)) {
      return new OnnxTeacher(descriptor, model, kinds, device, threads);
    }
    if (name.endsWith(".pt") || name.endsWith(".pth")) {
      return new TorchScriptTeacher(descriptor, model, kinds, device, threads);
    }
    if (name.endsWith(STUDENT)) {
      return new StudentTeacher(descriptor, model, kinds, device, threads);
    }
    throw new UserMistakeException(
        "model file "
            + model
            + ": expected a name ending in .onnx (ONNX), .pt (TorchScript) or .safetensors (a"
            + " student)");
  }
}
