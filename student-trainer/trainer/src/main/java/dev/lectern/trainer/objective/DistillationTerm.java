package dev.lectern.trainer.objective;

import dev.lectern.detector.layer.Parameter;
import java.util.List;

/**
 * One way in which a student learns from one teacher. A run has any number of them; with several
 * teachers a term exists once for each.
 */
public interface DistillationTerm {
  /**
   * Adds what the term comes to in this step, unweighted. Teacher tensors are constants. Where
   * nothing is to be learned, it adds nothing.
   */
  void addTo(LossTerm sum, TermStep step);

  /** What the run's optimiser is to train beside the student, in a fixed order. */
  default List<Parameter> learned() {
    return List.of();
  }

  /** A term with parameters of its own. */
  static DistillationTerm learning(List<Parameter> learned, DistillationTerm term) {
    return new DistillationTerm() {
      @Override
      public void addTo(LossTerm sum, TermStep step) {
        term.addTo(sum, step);
      }

      @Override
      public List<Parameter> learned() {
        return learned;
      }
    };
  }
}
