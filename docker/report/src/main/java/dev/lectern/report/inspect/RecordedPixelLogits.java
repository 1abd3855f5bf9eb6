package dev.lectern.report.inspect;

import dev.lectern.detector.family.Families;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.tensor.CorruptTensorException;
import dev.lectern.schemas.tensor.TensorContainer;

/** The class logits of a teacher that gives pixels their classes, as they are recorded. */
public final class RecordedPixelLogits {
  private final LevelGrid grid;
  private final PixelClasses reading;

  /**
   * @param dataset whose canvas the classes are of
   * @throws UserMistakeException if the recording holds no class logits
   */
  public RecordedPixelLogits(RecordingManifest recording, DatasetManifest dataset) {
    RecordedTensor logits =
        TensorLayout.find(recording.getDescriptor(), TensorRole.CLASS_LOGITS, 0)
            .orElseThrow(
                () ->
                    new UserMistakeException(
                        "recording '"
                            + recording.getName()
                            + "': holds no class logits, expected cls.0"));
    grid = new LevelGrid(logits.getStride(), logits.getShape().get(1), logits.getShape().get(2));
    reading =
        new PixelClasses(
            grid,
            Families.upsampling(recording.getDescriptor()),
            dataset.getHeight(),
            dataset.getWidth());
  }

  /** Cells of the logits. */
  public LevelGrid grid() {
    return grid;
  }

  /** How logits become classes of the canvas's pixels. */
  public PixelClasses reading() {
    return reading;
  }

  /**
   * The logits of a view.
   *
   * @param scores its class scores
   * @return (K, h, w), row-major
   */
  public static float[] of(TensorContainer scores) {
    String name = TensorRole.CLASS_LOGITS.at(0);
    TensorContainer.Entry entry = scores.find(name);
    if (entry == null) {
      throw new CorruptTensorException("tensor container: found no tensor " + name);
    }
    return scores.read(entry).toArray();
  }
}
