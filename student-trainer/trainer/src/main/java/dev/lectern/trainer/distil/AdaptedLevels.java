package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import java.util.List;

/** The levels of the student's features that a term compares, each behind its adapter. */
final class AdaptedLevels {
  private final List<LevelAdapter> adapters;
  private final List<Integer> levels;

  AdaptedLevels(List<LevelAdapter> adapters) {
    this.adapters = List.copyOf(adapters);
    this.levels = adapters.stream().map(LevelAdapter::level).toList();
  }

  /** Every level. */
  static AdaptedLevels all(TermSite site, TermSite.Adapter adapter) {
    return new AdaptedLevels(site.adapters(Levels.ALL.of(site), adapter));
  }

  /** What one level contributes. */
  @FunctionalInterface
  interface LevelLoss {
    /**
     * A scalar.
     *
     * @param student (N, C, H, W), adapted
     */
    NDArray of(int level, NDArray student, TermStep step);
  }

  List<Integer> levels() {
    return levels;
  }

  /** An adapted level, (N, C, H, W). */
  NDArray of(int level, TermStep step) {
    return step.adapted(adapters.get(levels.indexOf(level)));
  }

  /** Adds a scalar for each level that is compared. */
  void addTo(LossTerm sum, TermStep step, LevelLoss loss) {
    LevelSums.add(sum, step, levels, level -> loss.of(level, of(level, step), step));
  }

  List<Parameter> learned() {
    return LevelAdapter.learned(adapters);
  }

  /** A term that sums what the levels contribute. */
  DistillationTerm termByLevel(LevelLoss loss) {
    return DistillationTerm.learning(learned(), (sum, step) -> addTo(sum, step, loss));
  }

  /** A term that compares the maps of both networks. */
  DistillationTerm term(MapLoss loss) {
    return termByLevel((level, map, step) -> loss.of(map, step.teacherFeatures(level)));
  }
}
