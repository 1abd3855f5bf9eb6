package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.LevelGrid;
import java.util.List;

/** {@link ForegroundMask} of a batch: per level (N * H * W) flags, row-major over n, h, w. */
public record ForegroundCells() implements TargetPart<boolean[][]> {
  @Override
  public boolean[][] of(LabelledBatch batch) {
    List<LevelGrid> levels = batch.priors().levels();
    boolean[][] cells = new boolean[levels.size()][];
    for (int l = 0; l < cells.length; l++) {
      cells[l] = new boolean[batch.images().size() * levels.get(l).cells()];
    }
    for (int n = 0; n < batch.images().size(); n++) {
      boolean[][] own = ForegroundMask.cells(levels, batch.images().get(n).boxes());
      for (int l = 0; l < cells.length; l++) {
        System.arraycopy(own[l], 0, cells[l], n * own[l].length, own[l].length);
      }
    }
    return cells;
  }
}
