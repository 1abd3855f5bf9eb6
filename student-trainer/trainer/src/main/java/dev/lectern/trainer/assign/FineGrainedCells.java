package dev.lectern.trainer.assign;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.trainer.assign.ImitationRegion.Widths;
import java.util.Arrays;
import java.util.List;

/**
 * The fine-grained region in its two other forms ({@link ImitationRegion#fineGrainedCells}): per
 * level (N * H * W) flags, row-major over n, h, w.
 *
 * @param form which
 */
public record FineGrainedCells(Form form) implements TargetPart<boolean[][]> {
  /** Forms. */
  public enum Form {
    /** Each box on the one level that its size belongs to, continuous widths. */
    OWN_LEVEL,
    /** Each box on every level by itself, widths counted in whole pixels, as first published. */
    EVERY_LEVEL
  }

  @Override
  public boolean[][] of(LabelledBatch batch) {
    List<LevelGrid> levels = batch.priors().levels();
    boolean[][] cells = new boolean[levels.size()][];
    for (int l = 0; l < cells.length; l++) {
      int count = levels.get(l).cells();
      int start = batch.priors().start(l);
      int end = batch.priors().start(l + 1);
      float[] anchors = Arrays.copyOfRange(batch.anchors(), 4 * start, 4 * end);
      cells[l] = new boolean[batch.images().size() * count];
      for (int n = 0; n < batch.images().size(); n++) {
        float[] boxes = batch.images().get(n).boxes();
        boolean isOwnLevel = form == Form.OWN_LEVEL;
        boolean[] own =
            ImitationRegion.fineGrainedCells(
                anchors,
                batch.priors().anchorsPerCell(),
                isOwnLevel ? ForegroundMask.boxesOf(l, boxes, cells.length) : boxes,
                ImitationRegion.PUBLISHED_PART,
                isOwnLevel ? Widths.CONTINUOUS : Widths.WHOLE_PIXELS);
        System.arraycopy(own, 0, cells[l], n * count, count);
      }
    }
    return cells;
  }
}
