package dev.lectern.detector.weights;

import dev.lectern.detector.weights.Safetensors.Array;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The named arrays of a file of any supported format, which its bytes tell, not its name.
 *
 * @param file where they are from
 * @param arrays by name, in file order
 */
public record WeightsFile(Path file, Format format, Map<String, Array> arrays) {
  /** What the file is. */
  public enum Format {
    SAFETENSORS("safetensors"),
    TORCHSCRIPT("TorchScript"),
    ONNX("ONNX");

    private final String title;

    Format(String title) {
      this.title = title;
    }

    /** Its name as people write it. */
    @Override
    public String toString() {
      return title;
    }
  }

  private static final String CONVERSION =
      "python3 -c \"import sys, torch, safetensors.torch as s;"
          + " c = torch.load(sys.argv[1], map_location='cpu', weights_only=False);"
          + " c = c.get('state_dict', c.get('model', c)) if isinstance(c, dict) else c;"
          + " c = c.state_dict() if hasattr(c, 'state_dict') else c;"
          + " s.save_file({k: v.float().contiguous().clone() for k, v in c.items()"
          + " if hasattr(v, 'dtype')}, sys.argv[2])\" ";

  /**
   * Reads a file.
   *
   * @throws UserMistakeException if it is missing, of another format, or a pickled checkpoint; the
   *     message has the line that converts it
   * @throws CorruptWeightsException if it is damaged
   */
  public static WeightsFile read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new UserMistakeException("weights " + file + ": not found");
    }
    byte[] start = start(file);
    if (start[0] == 'P' && start[1] == 'K') {
      return archive(file);
    }
    if ((start[0] & 0xFF) == 0x80 && start[1] >= 2 && start[1] <= 5) {
      throw pickled(file);
    }
    if (start[8] == '{') {
      return new WeightsFile(file, Format.SAFETENSORS, Safetensors.read(file).arrays());
    }
    if (start[0] == 8) { // the first field of a model, the version of its format
      Map<String, Array> arrays = OnnxInitializers.read(Files.readAllBytes(file), file);
      return new WeightsFile(file, Format.ONNX, arrays);
    }
    throw new UserMistakeException(
        "weights " + file + ": found another format, expected safetensors, TorchScript or ONNX");
  }

  private static byte[] start(Path file) throws IOException {
    byte[] start = new byte[9];
    try (InputStream in = Files.newInputStream(file)) {
      in.readNBytes(start, 0, start.length);
    }
    return start;
  }

  private static WeightsFile archive(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      if (TorchScriptArchive.isCheckpoint(zip)) {
        throw pickled(file);
      }
      return new WeightsFile(file, Format.TORCHSCRIPT, TorchScriptArchive.read(zip, file));
    } catch (ZipException e) {
      throw new CorruptWeightsException(file + ": found a damaged zip archive", e);
    }
  }

  private static UserMistakeException pickled(Path file) {
    String target = file.toString().replaceFirst("\\.[^./\\\\]*$", "") + ".safetensors";
    return new UserMistakeException(
        "weights "
            + file
            + ": found a pickled checkpoint, which runs code when it is opened, expected"
            + " safetensors, TorchScript or ONNX; if you trust it, convert it: "
            + CONVERSION
            + file
            + " "
            + target);
  }

  /**
   * Whether the scale and shift of batch normalisations were folded into convolutions, as exporters
   * do unless told otherwise: a model file without any statistics.
   */
  boolean isFolded() {
    return format != Format.SAFETENSORS
        && arrays.keySet().stream().noneMatch(name -> name.endsWith(".running_var"));
  }
}
