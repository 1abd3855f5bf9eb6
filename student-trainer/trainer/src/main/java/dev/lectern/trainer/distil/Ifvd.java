package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.ClassCells;
import dev.lectern.trainer.loss.IntraClassVariationLoss;
import java.util.stream.IntStream;

/** Intra-class feature variation. */
@JsonTypeName("ifvd")
@About(
    title = "intra-class feature variation",
    paper = "Wang et al. 2020, arXiv:2007.13108, section 3.2",
    formula = "weight * mean over positions of (cos(s_i, mean of its class) - same of t)^2",
    strength = "mean over cells, mean over levels",
    note =
        "classes of cells come from the annotated boxes, the smallest on top; background is a"
            + " class, padding none; the weight is that of the segmentation code")
public record Ifvd(
    @Key(defaultsTo = "200", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures {
  private static final ClassCells CELLS = new ClassCells();

  @Override
  public Needs needs() {
    return Needs.features(CELLS);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    int classes = pairing.classes();
    return features
        .any(pairing, layers)
        .sum(
            (level, map, step) ->
                IntraClassVariationLoss.loss(
                    map,
                    step.features().teacher(level),
                    indices(step.targets().part(CELLS)[level], classes),
                    classes + 1),
            variant,
            1);
  }

  /** Background becomes class K. */
  private static int[] indices(int[] labels, int classes) {
    return IntStream.of(labels).map(l -> l == ClassCells.BACKGROUND ? classes : l).toArray();
  }
}
