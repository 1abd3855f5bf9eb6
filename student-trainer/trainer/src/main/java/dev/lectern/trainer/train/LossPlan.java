package dev.lectern.trainer.train;

import dev.lectern.detector.layer.Parameter;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.layer.Parameters;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Needs;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.distil.Region;
import dev.lectern.trainer.distil.Shared;
import dev.lectern.trainer.distil.Term;
import dev.lectern.trainer.distil.WeightedTerm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which losses a run computes, and from which of its recordings.
 *
 * @param entries one for each loss and each recording that it listens to, in the order of the run's
 *     list
 */
record LossPlan(List<Entry> entries) {
  /**
   * A loss on a recording.
   *
   * @param name as in reports
   * @param teacher place of the recording among the run's
   * @param teacherWeight factor of the recording beside that of the loss
   */
  record Entry(String name, int teacher, double teacherWeight, Method loss) {
    double weight() {
      return loss.weight() * teacherWeight;
    }

    /** Of the own losses' gradient; null where the weight decides. */
    Double share() {
      Double share = loss.shared().share();
      return share == null ? null : Double.valueOf(share * teacherWeight);
    }
  }

  /**
   * A student and a teacher, twice.
   *
   * @param all on every level of the student, for losses that read tokens
   * @param seen on the levels that both have
   */
  record Pairings(Pairing all, Pairing seen) {}

  LossPlan {
    entries = List.copyOf(entries);
  }

  /**
   * @param recordings the run's, in order
   * @throws IllegalArgumentException if two losses are the same, or one names a recording that is
   *     not the run's
   */
  static LossPlan of(List<Method> losses, List<String> recordings) {
    List<Entry> entries = new ArrayList<>();
    Map<String, Integer> names = new HashMap<>();
    Set<List<Object>> seen = new HashSet<>();
    for (Method loss : losses) {
      if (!seen.add(List.of(loss.name(), loss.region(), loss.levels(), loss.shared().teachers()))) {
        throw new IllegalArgumentException(
            "losses: found "
                + loss.name()
                + " twice on the same region, levels and teachers, expected it once");
      }
      String name = "loss_" + loss.name();
      if (loss.region() != Region.MAIN) {
        name += "_" + loss.region().key();
      }
      int occurrence = names.merge(name, 1, Integer::sum);
      if (occurrence > 1) {
        name += "_" + occurrence;
      }
      for (Shared.Teacher teacher : teachers(loss, recordings)) {
        int at = recordings.indexOf(teacher.recording());
        if (at < 0) {
          throw new IllegalArgumentException(
              "losses: "
                  + loss.name()
                  + " listens to '"
                  + teacher.recording()
                  + "', expected one of the run's recordings: "
                  + String.join(", ", recordings));
        }
        entries.add(
            new Entry(
                recordings.size() == 1 ? name : name + "@" + teacher.recording(),
                at,
                teacher.weight(),
                loss));
      }
    }
    return new LossPlan(entries);
  }

  private static List<Shared.Teacher> teachers(Method loss, List<String> recordings) {
    return loss.shared().teachers().isEmpty()
        ? recordings.stream().map(Shared.Teacher::of).toList()
        : loss.shared().teachers();
  }

  /** The plan of a run. */
  static LossPlan of(TrainConfig run) {
    return of(run.losses(), run.recordings());
  }

  /** The losses that listen to a teacher. */
  List<Method> lossesOf(int teacher) {
    return entries.stream().filter(entry -> entry.teacher() == teacher).map(Entry::loss).toList();
  }

  /** What the losses that listen to a teacher must be given. */
  Needs needsOf(int teacher) {
    return Needs.all(lossesOf(teacher).stream().map(Method::needs).toList());
  }

  /** Names of the losses that compare features. */
  Set<String> onFeatures() {
    return entries.stream()
        .filter(entry -> entry.loss().needs().teacher().containsKey(TensorKind.FPN_FEATURES))
        .map(Entry::name)
        .collect(Collectors.toSet());
  }

  /** What all losses must be given. */
  Needs needs() {
    return Needs.all(entries.stream().map(entry -> entry.loss().needs()).toList());
  }

  /**
   * The terms, set up, with what they learn.
   *
   * @param pairings one for each recording
   * @param layers one for each recording
   * @param builder keeps all that the layers make
   */
  DistillationTerms terms(List<Pairings> pairings, List<Layers> layers, ParameterBuilder builder) {
    List<WeightedTerm> terms = new ArrayList<>();
    Set<Parameter> learned = new LinkedHashSet<>();
    for (Entry entry : entries) {
      Layers own = layers.get(entry.teacher()).of(plain(entry.name()));
      Pairings pairing = pairings.get(entry.teacher());
      Term term =
          entry.loss().term(entry.loss().needs().tokens() ? pairing.all() : pairing.seen(), own);
      learned.addAll(own.learned());
      terms.add(
          new WeightedTerm(
              entry.name(),
              entry.teacher(),
              entry.weight(),
              entry.loss().shared().schedule(),
              entry.share(),
              term));
    }
    return new DistillationTerms(terms, new Parameters(builder.created()), List.copyOf(learned));
  }

  /** Name of what a term learns: the report's without the parts that the layers add. */
  private static String plain(String name) {
    int at = name.indexOf('@');
    return name.substring("loss_".length(), at < 0 ? name.length() : at);
  }
}
