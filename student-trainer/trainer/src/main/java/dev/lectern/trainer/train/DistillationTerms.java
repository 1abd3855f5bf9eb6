package dev.lectern.trainer.train;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.trainer.distil.WeightedTerm;
import java.util.List;

/**
 * What the distillation terms of a run add to it: the terms themselves, what they keep, and what of
 * it the run's optimiser trains.
 *
 * @param terms with their weights
 * @param stored everything that a checkpoint holds for them
 * @param learned what the optimiser trains beside the student
 */
record DistillationTerms(List<WeightedTerm> terms, Parameters stored, List<Parameter> learned) {
  DistillationTerms {
    terms = List.copyOf(terms);
    learned = List.copyOf(learned);
  }
}
