package dev.lectern.trainer.train;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.trainer.objective.WeightedTerm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * What the distillation terms of a run add to it: the terms themselves, what they keep, and what of
 * it the run's optimiser trains.
 *
 * @param terms with their weights
 * @param stored everything that a checkpoint holds for them
 * @param learned what the optimiser trains beside the student
 */
record LearnedParts(List<WeightedTerm> terms, Parameters stored, List<Parameter> learned) {
  LearnedParts {
    terms = List.copyOf(terms);
    learned = List.copyOf(learned);
  }

  /**
   * @param created all that the terms' sites made
   */
  static LearnedParts of(List<WeightedTerm> terms, List<Parameter> created) {
    Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Parameter> learned = new ArrayList<>();
    for (WeightedTerm term : terms) {
      for (Parameter parameter : term.term().learned()) {
        if (seen.add(parameter)) {
          learned.add(parameter);
        }
      }
    }
    return new LearnedParts(terms, new Parameters(created), learned);
  }
}
