package dev.lectern.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.lectern.detector.layer.GradientMode;
import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.trainer.distil.TrainingProgress;
import dev.lectern.trainer.distil.WeightedTerm;
import dev.lectern.trainer.objective.Losses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How strongly each distillation term pulls at the student beside the student's own losses,
 * measured in the first steps in which it pulls at all; and the factors of the terms that are to
 * have a given share, 0 until that is measured.
 *
 * <pre>
 *   share  = ‖∂term/∂θ‖₂ / ‖∂own/∂θ‖₂     θ: the parameters that both move; term: at full schedule
 *   factor = wanted share / median of the measured shares
 * </pre>
 *
 * <p>A term without a wanted share keeps its weight. One on logits that pulls ten times as much as
 * the own losses is warned of: the defaults begin below 3. Terms on features begin far above it, so
 * that their first shares say nothing of harm. Steps without own losses (views without labels)
 * measure nothing.
 */
final class GradientShares {
  private static final Logger LOG = LoggerFactory.getLogger(GradientShares.class);

  /** Measurements of a term; each costs a backward pass of its own. */
  static final int MEASUREMENTS = 5;

  /** A term on logits above it is warned of. */
  private static final double DOMINANT = 10;

  /** Public code chooses weights that give about this share. */
  private static final double USUAL = 0.1;

  private final List<WeightedTerm> terms;
  private final Set<String> onFeatures;
  private final List<Parameter> parameters;
  private final Map<String, List<Double>> measured = new LinkedHashMap<>();

  /** Steps in which a term did not pull. */
  private final Map<String, Integer> idle = new HashMap<>();

  /**
   * @param onFeatures names of the terms that compare features
   */
  GradientShares(List<WeightedTerm> terms, Set<String> onFeatures, Parameters student) {
    this.terms = List.copyOf(terms);
    this.onFeatures = Set.copyOf(onFeatures);
    this.parameters = student.learned();
    terms.forEach(term -> measured.put(term.name(), new ArrayList<>()));
  }

  /** Whether the step is one to measure. */
  boolean measures(TrainingProgress progress) {
    return !due(progress).isEmpty();
  }

  private List<WeightedTerm> due(TrainingProgress progress) {
    return terms.stream()
        .filter(term -> measured.get(term.name()).size() < MEASUREMENTS)
        .filter(term -> term.schedule().factor(progress) > 0)
        .toList();
  }

  /**
   * Measures the terms of a step by backward passes that keep its graph; leaves gradients behind.
   *
   * @param losses without the factors of {@link #factors}
   */
  void measure(Losses losses, TrainingProgress progress) {
    Set<String> names = terms.stream().map(WeightedTerm::name).collect(Collectors.toSet());
    NDArray own = null;
    for (Map.Entry<String, NDArray> loss : losses.byName().entrySet()) {
      if (!names.contains(loss.getKey())) {
        own = own == null ? loss.getValue() : own.add(loss.getValue());
      }
    }
    if (own == null || own.getFloat() == 0) {
      return;
    }
    float[] ofOwn = null;
    for (WeightedTerm term : due(progress)) {
      NDArray loss = losses.byName().get(term.name());
      double share = 0;
      if (loss.getFloat() != 0) {
        ofOwn = ofOwn == null ? squares(own) : ofOwn;
        share = share(squares(loss), ofOwn) / term.schedule().factor(progress);
      }
      if (share > 0) {
        add(share, term);
      } else if (idle.merge(term.name(), 1, Integer::sum) == MEASUREMENTS
          && measured.get(term.name()).isEmpty()) {
        LOG.warn(
            "{} moved no layer of the student in {} steps: nothing in its region?",
            term.name(),
            MEASUREMENTS);
      }
    }
  }

  private void add(double share, WeightedTerm term) {
    List<Double> shares = measured.get(term.name());
    shares.add(share);
    if (shares.size() == MEASUREMENTS) {
      report(term);
    }
  }

  /** Squared norms of the gradients of the parameters. */
  private float[] squares(NDArray loss) {
    JniUtils.backward((PtNDArray) loss, (PtNDArray) loss.onesLike(), true, false);
    return GradientMode.off(
        () -> {
          try (NDManager scope = loss.getManager().newSubManager()) {
            NDList squares = new NDList();
            for (Parameter parameter : parameters) {
              squares.add(parameter.gradient(scope).square().sum().reshape(1));
              JniUtils.zeroGrad((PtNDArray) parameter.array());
            }
            return NDArrays.concat(squares, 0).toFloatArray();
          }
        });
  }

  private static double share(float[] term, float[] own) {
    double ofTerm = 0;
    double ofOwn = 0;
    for (int i = 0; i < own.length; i++) {
      if (term[i] > 0 && own[i] > 0) {
        ofTerm += term[i];
        ofOwn += own[i];
      }
    }
    return ofOwn == 0 ? 0 : Math.sqrt(ofTerm / ofOwn);
  }

  private void report(WeightedTerm term) {
    double share = median(measured.get(term.name()));
    if (term.share() != null) {
      LOG.info(
          "{} gets the weight {} for a share of {} in the gradient of the student's own losses",
          term.name(),
          number(term.weight() * term.share() / share),
          term.share());
    } else if (share > DOMINANT && !onFeatures.contains(term.name())) {
      LOG.warn(
          "{} dominates: its gradient is {} times that of the student's own losses on the layers"
              + " that both move; {} is usual, which weight {} or the key share gives",
          term.name(),
          number(share),
          USUAL,
          number(term.weight() * USUAL / share));
    } else {
      LOG.info(
          "{} has {} of the gradient of the student's own losses on the layers that both move",
          term.name(),
          number(share));
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Further factors of the terms that are to have a share, by name; 0 before it is measured. */
  Map<String, Double> factors() {
    Map<String, Double> factors = new LinkedHashMap<>();
    for (WeightedTerm term : terms) {
      List<Double> shares = measured.get(term.name());
      if (term.share() != null) {
        factors.put(term.name(), shares.isEmpty() ? 0 : term.share() / median(shares));
      }
    }
    return factors;
  }

  /** What was measured so far, by term. */
  Map<String, List<Double>> measured() {
    Map<String, List<Double>> copy = new LinkedHashMap<>();
    measured.forEach((name, shares) -> copy.put(name, List.copyOf(shares)));
    return copy;
  }

  /** Goes on from what was measured before, in which earlier versions counted steps of 0. */
  void restore(Map<String, List<Double>> before) {
    before.forEach(
        (name, shares) -> {
          if (measured.containsKey(name)) {
            measured.put(name, new ArrayList<>(shares.stream().filter(s -> s > 0).toList()));
          }
        });
  }
}
