package dev.lectern.trainer.train;

import com.fasterxml.jackson.annotation.JsonCreator;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.detector.weights.WeightsFile;
import dev.lectern.detector.weights.WeightsMatch;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Initial values of the student; the part {@code weights} of a run's YAML, which may also be the
 * file alone.
 */
public record WeightsConfig(
    @Key(required = true, meaning = "safetensors, TorchScript or ONNX") @FileName String file,
    @Key(meaning = "the whole student, or its backbone alone") WeightsMatch.Part part,
    @Key(
            defaultsTo = "false",
            meaning = "load what matches, and leave the rest as the seed draws it")
        boolean partial) {
  @JsonCreator
  public WeightsConfig {}

  /** The whole student from a file. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static WeightsConfig of(String file) {
    return new WeightsConfig(file, WeightsMatch.Part.WHOLE, false);
  }

  /**
   * Compares the file with a student.
   *
   * @throws UserMistakeException if it cannot be read
   */
  public WeightsMatch match(Parameters student) {
    try {
      return WeightsMatch.of(WeightsFile.read(Path.of(file)), student, part);
    } catch (IOException e) {
      throw new UserMistakeException("weights: " + FileError.describe(e), e);
    }
  }
}
