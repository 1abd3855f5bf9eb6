package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.GeneralInstances.Filter;
import dev.lectern.trainer.distil.RoiFeatures.Pooled;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GeneralInstanceLoss;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import dev.lectern.trainer.loss.Rows;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.view.ClassRows;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * General instance distillation: features, relations and responses at the boxes where teacher and
 * student disagree most, chosen anew in each step.
 *
 * <p>Responses are compared at the positions that the student's own assigner gives to the chosen
 * boxes: class logits by binary cross entropy against the teacher's probabilities, boxes by the
 * absolute difference of their distances in strides (paper: 1 - GIoU).
 */
@JsonTypeName("gid")
@About(
    title = "general instances: features, relations and responses",
    paper = "Dai et al. 2021, arXiv:2103.02340, sections 3.1 to 3.4",
    formula = "weight * (w_f feature + w_r relation + w_c classes + w_b boxes)",
    strength = "as published: means over instances, pairs and rows",
    note =
        "boxes where both networks disagree most, chosen in each step; official is the"
            + " authors' reproduction, whose relations span the batch; paper sums pairs within"
            + " each image and compares boxes by 1 - GIoU. Responses: positions that the"
            + " student's assigner gives to the instances, box distances in strides")
public record Gid(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {"official", "paper"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "10", min = 1, meaning = "kept per image") int instances,
    @Key(defaultsTo = "0.3", min = 0, max = 1, meaning = "overlap at which one suppresses another")
        double nmsIou,
    @Key(defaultsTo = "3000", min = 1, meaning = "official: best scores that are looked at")
        int candidates,
    @Key(defaultsTo = "10", min = 0, meaning = "official: pixels; boxes need longer sides")
        double minSide,
    @Key(defaultsTo = "10", min = 1, meaning = "bins per side of a box") int roiSize,
    @Key(defaultsTo = "2", min = 0, meaning = "samples per bin and axis; 0 for one per cell")
        int sampling,
    @Key(meaning = "official: of features") Norm comparison,
    @Key(defaultsTo = "5e-4", min = 0, meaning = "w_f") double featureWeight,
    @Key(defaultsTo = "40", min = 0, meaning = "w_r") double relationWeight,
    @Key(defaultsTo = "0.1", min = 0, meaning = "w_c") double classWeight,
    @Key(defaultsTo = "1", min = 0, meaning = "w_b") double boxWeight,
    @Key(meaning = Method.ADAPTER) Adapter adapter,
    @JsonUnwrapped Shared shared)
    implements Method {
  /** How features are compared. */
  public enum Norm {
    L2,
    L1
  }

  @Override
  public boolean needsEqualChannels() {
    return adapter == Adapter.NONE;
  }

  @Override
  public Needs needs() {
    return Needs.everything().with(Needs.Instances.PAIRED);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    AdaptedLevels student = layers.adapted(Levels.ALL.of(pairing), adapter);
    InstanceSelection selection =
        new InstanceSelection(
            pairing.input(), variant.formula(), new Filter(candidates, minSide, nmsIou, instances));
    RoiFeatures pooling = new RoiFeatures(pairing.strides(), roiSize, sampling);
    return step -> {
      List<float[]> chosen = selection.choose(step.ofRows());
      if (chosen.stream().allMatch(boxes -> boxes.length == 0)) {
        return Optional.empty();
      }
      Pooled pooled =
          pooling.pool(level -> student.of(level, step), step.features()::teacher, chosen);
      NDArray sum =
          Constants.times(features(pooled), featureWeight)
              .add(Constants.times(relations(pooled, pooling, chosen), relationWeight));
      int[] rows = rowsOf(chosen, step.ofRows(), pairing);
      return Addends.of(rows.length == 0 ? sum : addResponses(sum, rows, step.ofRows()));
    };
  }

  private NDArray features(Pooled pooled) {
    return variant == Reading.PAPER
        ? GeneralInstanceLoss.featuresAsPrinted(pooled.student(), pooled.teacher())
        : GeneralInstanceLoss.features(
            pooled.student(),
            pooled.teacher(),
            comparison == Norm.L1 ? Comparison.L1 : Comparison.L2);
  }

  private NDArray relations(Pooled pooled, RoiFeatures pooling, List<float[]> chosen) {
    NDArray ours = pooled.student();
    NDArray theirs = pooled.teacher();
    if (variant == Reading.OFFICIAL) {
      return GeneralInstanceLoss.relations(ours, theirs, Variant.OFFICIAL);
    }
    NDArray sum = Rows.zero(ours);
    for (int image = 0; image < chosen.size(); image++) {
      int[] own = pooling.placesOf(image, chosen);
      if (own.length > 0) {
        sum =
            sum.add(
                GeneralInstanceLoss.relations(
                    Rows.take(ours, own), Rows.take(theirs, own), Variant.PAPER));
      }
    }
    return sum;
  }

  /** Batch rows that the student's assigner gives to the instances. */
  private static int[] rowsOf(List<float[]> chosen, Step step, Pairing pairing) {
    BatchRows rows = step.targets().rows();
    IntStream all = IntStream.empty();
    for (int image = 0; image < chosen.size(); image++) {
      float[] boxes = chosen.get(image);
      int[] objects =
          step.targets()
              .assigned(image, boxes)
              .orElseGet(() -> pairing.assigner().assign(boxes).objects());
      int n = image;
      all =
          IntStream.concat(
              all,
              IntStream.range(0, objects.length)
                  .filter(i -> objects[i] >= 0)
                  .map(i -> rows.row(n, i)));
    }
    return all.sorted().toArray();
  }

  private NDArray addResponses(NDArray sum, int[] rows, Step step) {
    boolean[] every = new boolean[rows.length];
    Arrays.fill(every, true);
    ClassRows logits = step.classes().independent();
    NDArray classes =
        GeneralInstanceLoss.responses(
            logits.student(rows), logits.teacher(rows), every, Comparison.CROSS_ENTROPY);
    NDArray weighedClasses = Constants.times(classes, classWeight);
    NDArray ours = step.boxes().student(rows);
    NDArray theirs = step.boxes().teacher(rows);
    NDArray boxes =
        variant == Reading.PAPER
            ? GeneralizedIouLoss.overlaps(ours, theirs).giou().neg().add(1f).mean()
            : GeneralInstanceLoss.responses(ours, theirs, every, Comparison.L1);
    return sum.add(weighedClasses).add(Constants.times(boxes, boxWeight));
  }
}
