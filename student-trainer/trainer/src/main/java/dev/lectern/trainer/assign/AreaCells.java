package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.LevelGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link AreaMask} of a batch, per level. A cell covers its stride in pixels; padding counts as
 * background.
 */
public record AreaCells() implements TargetPart<List<AreaCells.Weights>> {
  /**
   * Weights of the cells of one level, row-major over n, h, w.
   *
   * @param foreground (N * H * W); 0 where no box is
   * @param background (N * H * W); 0 where a box is
   */
  public record Weights(float[] foreground, float[] background) {}

  @Override
  public List<Weights> of(LabelledBatch batch) {
    List<Weights> levels = new ArrayList<>();
    for (LevelGrid grid : batch.priors().levels()) {
      levels.add(weights(grid, batch.images()));
    }
    return List.copyOf(levels);
  }

  private static Weights weights(LevelGrid grid, List<GroundTruth> images) {
    int cells = grid.cells();
    float[] foreground = new float[images.size() * cells];
    float[] background = new float[foreground.length];
    for (int n = 0; n < images.size(); n++) {
      float[] own =
          AreaMask.foreground(
              images.get(n).boxes(),
              (double) grid.height() * grid.stride(),
              (double) grid.width() * grid.stride(),
              grid.height(),
              grid.width());
      System.arraycopy(own, 0, foreground, n * cells, cells);
      System.arraycopy(AreaMask.background(own), 0, background, n * cells, cells);
    }
    return new Weights(foreground, background);
  }
}
