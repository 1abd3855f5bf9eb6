package dev.lectern.trainer.assign;

import java.util.List;

/** The boxes of each image, (G, 4) xyxy pixels. */
public record ObjectBoxes() implements TargetPart<List<float[]>> {
  @Override
  public List<float[]> of(LabelledBatch batch) {
    return batch.images().stream().map(GroundTruth::boxes).toList();
  }
}
