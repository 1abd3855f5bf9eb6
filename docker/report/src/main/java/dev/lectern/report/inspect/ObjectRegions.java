package dev.lectern.report.inspect;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.region.Assignment;
import dev.lectern.detector.region.AtssAssigner;
import dev.lectern.detector.region.LabelledObjects;
import dev.lectern.detector.region.RegionRules;
import dev.lectern.detector.region.ValuableRegion;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.View;
import java.util.ArrayList;
import java.util.List;

/**
 * The cells of a view that an assigner gives to objects, and those of the valuable localization
 * region around them (Algorithm 1 of LD, at its widest).
 *
 * @param main positives
 * @param valuable without the positives
 */
public record ObjectRegions(List<Cell> main, List<Cell> valuable) {
  /**
   * A cell of a level.
   *
   * @param position h * W + w
   */
  public record Cell(LevelGrid grid, int position) {}

  /**
   * Assigns a view's objects.
   *
   * @param priors of a student
   */
  public static ObjectRegions of(View view, RegionPriors priors) {
    PriorGrid grid =
        new PriorGrid(
            PriorGrid.levels(view.getHeight(), view.getWidth(), priors.getStrides()),
            RegionRules.anchors(priors));
    float[] boxes = LabelledObjects.of(view).boxes();
    Assignment assignment =
        new AtssAssigner(priors.getTopk()).assign(grid.anchors(), grid.levelCounts(), boxes);
    boolean[] near = ValuableRegion.widest(grid.anchors(), boxes, assignment.thresholds());
    List<Cell> main = new ArrayList<>();
    List<Cell> valuable = new ArrayList<>();
    for (int i = 0; i < near.length; i++) {
      int level = grid.levelOf(i);
      Cell cell =
          new Cell(grid.levels().get(level), (i - grid.start(level)) / grid.anchorsPerCell());
      if (assignment.objects()[i] != Assignment.BACKGROUND) {
        main.add(cell);
      } else if (near[i]) {
        valuable.add(cell);
      }
    }
    return new ObjectRegions(main, valuable);
  }
}
