package dev.lectern.trainer.train;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.layer.ParameterBuilder;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.prior.PriorGrid;
import dev.lectern.detector.weights.WeightsMatch;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.assign.OnLevels;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.TargetPart;
import dev.lectern.trainer.distil.Layers;
import dev.lectern.trainer.distil.Pairing;
import dev.lectern.trainer.family.TrainedFamilies;
import dev.lectern.trainer.family.TrainedFamily;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's student opposite its teachers, on the canvas of one dataset.
 *
 * @param student with its initial weights; to be closed
 * @param matches how it corresponds to each teacher
 * @param parts the distillation terms and what they keep
 * @param family how it learns from ground truth
 */
record DistillationSetup(
    Detector student, List<Correspondence> matches, DistillationTerms parts, TrainedFamily family) {
  private static final Logger LOG = LoggerFactory.getLogger(DistillationSetup.class);

  /**
   * Makes the student and the terms of its losses.
   *
   * @param dataset with the student's classes
   * @param losses that listen to these recordings' teachers, by their place in the list
   * @param manager takes all that is made
   * @throws UserMistakeException if student, losses and recordings do not suit each other, or the
   *     initial weights do not fit
   */
  static DistillationSetup of(
      TrainConfig run,
      LossPlan losses,
      List<RecordingManifest> recordings,
      DatasetManifest dataset,
      NDManager manager) {
    DetectorSpec spec = run.student();
    Detector student = Detectors.create(spec, manager, run.seed());
    PriorGrid priors = priors(spec, dataset);
    List<Correspondence> matches = new ArrayList<>();
    for (int teacher = 0; teacher < recordings.size(); teacher++) {
      matches.add(
          Correspondence.of(
              TeacherAndStudent.of(
                  run, student.featureChannels(), recordings.get(teacher), dataset),
              losses.lossesOf(teacher),
              dataset.getClassNames().size()));
    }
    loadWeights(run, student);
    TrainedFamily family =
        TrainedFamilies.of(spec, priors, run.objective(), parts(losses, matches))
            .on(student, run.seed());
    ParameterBuilder builder = new ParameterBuilder(manager, run.seed(), List.of());
    List<LossPlan.Pairings> pairings = new ArrayList<>();
    List<Layers> layers = new ArrayList<>();
    for (int teacher = 0; teacher < matches.size(); teacher++) {
      Pairing pairing =
          new Pairing(
              priors,
              new GroundTruth.Extent(dataset.getHeight(), dataset.getWidth()),
              family.assigner(),
              spec.classes(),
              student.featureChannels(),
              matches.get(teacher).channels(),
              matches.get(teacher).tokenChannels(),
              run.seed());
      String prefix = matches.size() == 1 ? "" : recordings.get(teacher).getName() + "/";
      List<Integer> some = matches.get(teacher).seen();
      Pairing seen = some.isEmpty() ? pairing : pairing.onLevels(some);
      pairings.add(new LossPlan.Pairings(pairing, seen));
      layers.add(new Layers(seen, builder, prefix));
    }
    return new DistillationSetup(
        student, List.copyOf(matches), losses.terms(pairings, layers, builder), family);
  }

  /** What losses want to know of the ground truth, on the levels that each teacher has. */
  private static Set<TargetPart<?>> parts(LossPlan losses, List<Correspondence> matches) {
    Set<TargetPart<?>> parts = new LinkedHashSet<>();
    for (int teacher = 0; teacher < matches.size(); teacher++) {
      List<Integer> seen = matches.get(teacher).seen();
      Set<TargetPart<?>> own = losses.needsOf(teacher).parts();
      if (seen.isEmpty()) {
        parts.addAll(own);
      } else {
        parts.add(new OnLevels<>(seen, RegionPart.MAIN));
        own.forEach(part -> parts.add(new OnLevels<>(seen, part)));
      }
    }
    return parts;
  }

  private static void loadWeights(TrainConfig run, Detector student) {
    if (run.weights() != null) {
      WeightsMatch match = run.weights().match(student.parameters());
      match.load(run.weights().partial());
      LOG.info("{}", String.join(";", match.report()));
    }
  }

  private static PriorGrid priors(DetectorSpec spec, DatasetManifest dataset) {
    return Families.of(spec)
        .priors(spec, Families.of(spec).levels(spec, dataset.getHeight(), dataset.getWidth()));
  }
}
