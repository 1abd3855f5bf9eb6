package dev.lectern.detector.region;

import dev.lectern.detector.prior.LevelGrid;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.schemas.descriptor.Level;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The positions of a teacher's levels within reach of a view's objects: what a recording with
 * regions holds (schemas/README.md, "Position sets").
 *
 * <pre>
 *   for each of the priors: ATSS positives ∪ {@link ValuableRegion#widest}
 * </pre>
 *
 * <p>Immutable, safe for several threads.
 */
public final class ReachablePositions {
  private final List<Level> levels;
  private final List<Priors> priors = new ArrayList<>();

  /** One set of priors, and for each of its levels the teacher's. */
  private record Priors(
      PriorGrid grid, float[] anchors, AtssAssigner assigner, List<Integer> teacherLevels) {}

  /**
   * @param priors strides are those of levels of the teacher
   * @throws IllegalArgumentException if the teacher has no level of a stride
   */
  public ReachablePositions(TeacherDescriptor teacher, List<RegionPriors> priors) {
    this.levels = TensorLayout.levels(teacher);
    for (RegionPriors one : priors) {
      List<LevelGrid> grids = new ArrayList<>();
      List<Integer> teacherLevels = new ArrayList<>();
      for (int stride : one.getStrides()) {
        int level = levelOf(stride);
        teacherLevels.add(level);
        grids.add(new LevelGrid(stride, levels.get(level).height(), levels.get(level).width()));
      }
      PriorGrid grid = new PriorGrid(grids, one.getGridOffset(), one.getOctaveBaseScale());
      this.priors.add(
          new Priors(grid, grid.anchors(), new AtssAssigner(one.getTopk()), teacherLevels));
    }
  }

  private int levelOf(int stride) {
    for (int l = 0; l < levels.size(); l++) {
      if (levels.get(l).stride() == stride) {
        return l;
      }
    }
    throw new IllegalArgumentException(
        "priors: found stride "
            + stride
            + ", the teacher's levels have "
            + levels.stream().map(Level::stride).toList());
  }

  /**
   * @param boxes (G, 4) xyxy, canvas pixels
   * @return for each of the teacher's levels ascending positions h * W + w
   */
  public List<int[]> of(float[] boxes) {
    List<BitSet> reached = levels.stream().map(level -> new BitSet()).toList();
    for (Priors one : priors) {
      Assignment assignment = one.assigner().assign(one.anchors(), one.grid().levelCounts(), boxes);
      boolean[] valuable = ValuableRegion.widest(one.anchors(), boxes, assignment.thresholds());
      for (int l = 0; l < one.teacherLevels().size(); l++) {
        BitSet ofLevel = reached.get(one.teacherLevels().get(l));
        int start = one.grid().start(l);
        for (int i = start; i < one.grid().start(l + 1); i++) {
          if (valuable[i] || assignment.objects()[i] != Assignment.BACKGROUND) {
            ofLevel.set(i - start);
          }
        }
      }
    }
    return reached.stream().map(positions -> positions.stream().toArray()).toList();
  }
}
