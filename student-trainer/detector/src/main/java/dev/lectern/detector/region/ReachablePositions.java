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
import java.util.function.Function;

/**
 * The positions of a teacher's levels that belong to a view's objects by any of some rules: what a
 * recording with regions holds (schemas/README.md, "Position sets").
 *
 * <p>A cell is one of them when any of its anchors is. Immutable, safe for several threads.
 */
public final class ReachablePositions {
  /** Pixels by which a centre that is computed from the sides of an anchor may be off. */
  private static final double ROUNDING = 0.01;

  private final List<Level> levels;
  private final List<Rule> rules = new ArrayList<>();

  /**
   * A rule on its student's priors.
   *
   * @param reached which priors belong to boxes (G, 4)
   * @param teacherLevels for each level of the priors the teacher's; -1 where it has none
   */
  private record Rule(
      PriorGrid priors, Function<float[], boolean[]> reached, List<Integer> teacherLevels) {}

  /**
   * @param rules whose students may have levels that the teacher lacks
   * @throws IllegalArgumentException if the teacher has none of a rule's levels, or a rule has
   *     ranges of another number of levels
   */
  public ReachablePositions(TeacherDescriptor teacher, List<RegionPriors> rules) {
    this.levels = TensorLayout.levels(teacher);
    for (RegionPriors rule : rules) {
      List<LevelGrid> grids = new ArrayList<>();
      List<Integer> teacherLevels = new ArrayList<>();
      for (int stride : rule.getStrides()) {
        int level = levels.stream().map(Level::stride).toList().indexOf(stride);
        teacherLevels.add(level);
        grids.add(
            level >= 0
                ? new LevelGrid(stride, levels.get(level).height(), levels.get(level).width())
                : PriorGrid.levels(teacher.getInputHeight(), teacher.getInputWidth(), stride)
                    .get(0));
      }
      if (teacherLevels.stream().allMatch(level -> level < 0)) {
        throw new IllegalArgumentException(
            "priors: found strides "
                + rule.getStrides()
                + ", the teacher's levels have "
                + levels.stream().map(Level::stride).toList());
      }
      PriorGrid priors = new PriorGrid(grids, RegionRules.anchors(rule));
      this.rules.add(new Rule(priors, reached(rule, priors), teacherLevels));
    }
  }

  private static Function<float[], boolean[]> reached(RegionPriors rule, PriorGrid priors) {
    float[] anchors = priors.anchors();
    return switch (rule.getRule()) {
      case ATSS_VLR -> {
        AtssAssigner assigner = new AtssAssigner(rule.getTopk());
        int[] levelCounts = priors.levelCounts();
        yield boxes -> {
          Assignment assignment = assigner.assign(anchors, levelCounts, boxes);
          boolean[] reached = ValuableRegion.widest(anchors, boxes, assignment.thresholds());
          return with(assignment.objects(), reached);
        };
      }
      case MAX_IOU -> {
        MaxIouAssigner assigner =
            new MaxIouAssigner(
                rule.getPositiveIou(), rule.getPositiveIou(), rule.getMinPositiveIou());
        yield boxes -> with(assigner.assign(anchors, boxes), new boolean[priors.positions()]);
      }
      case FCOS -> {
        FcosAssigner assigner =
            FcosAssigner.ofRanges(rule.getRanges(), rule.getStrides(), rule.getCenterRadius());
        yield boxes -> with(assigner.assign(priors, boxes), new boolean[priors.positions()]);
      }
      case INSIDE_BOX -> boxes -> InsideBox.of(anchors, boxes, ROUNDING);
    };
  }

  private static boolean[] with(int[] objects, boolean[] reached) {
    for (int i = 0; i < objects.length; i++) {
      reached[i] |= objects[i] >= 0;
    }
    return reached;
  }

  /**
   * @param boxes (G, 4) xyxy, canvas pixels
   * @return for each of the teacher's levels ascending positions h * W + w
   */
  public List<int[]> of(float[] boxes) {
    List<BitSet> all = levels.stream().map(level -> new BitSet()).toList();
    for (Rule rule : rules) {
      boolean[] reached = rule.reached().apply(boxes);
      PriorGrid priors = rule.priors();
      for (int l = 0; l < rule.teacherLevels().size(); l++) {
        int level = rule.teacherLevels().get(l);
        for (int i = priors.start(l); level >= 0 && i < priors.start(l + 1); i++) {
          if (reached[i]) {
            all.get(level).set((i - priors.start(l)) / priors.anchorsPerCell());
          }
        }
      }
    }
    return all.stream().map(positions -> positions.stream().toArray()).toList();
  }
}
