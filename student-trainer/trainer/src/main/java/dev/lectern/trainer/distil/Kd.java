package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import java.util.Optional;

/** Classification distillation: soft targets at chosen rows. */
@JsonTypeName("kd")
@About(
    title = "classification distillation of class logits",
    paper = "Hinton et al. 2015, arXiv:1503.02531; as in arXiv:2102.12252",
    formula =
        "weight / divisor * mean over the level's rows of T^2 KL(softmax(t/T) || softmax(s/T))",
    note =
        "official averages over classes, paper sums; the default weight is as strong per class as"
            + " the published 10 on the mean of 80 classes, whatever the number of classes")
public record Kd(
    @Key(
            shownDefault = "10 * K / 80 for K classes (0.375 for 3); variant paper: 0.125",
            above = 0,
            meaning = Method.WEIGHT)
        Double weight,
    @Key(defaultsTo = "2", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @JsonUnwrapped RowKeys where,
    @Key(defaultsTo = "1", min = 1e-6, meaning = "of the sum besides") double divisor,
    @JsonUnwrapped Shared shared)
    implements Method {
  /** Published with a mean over 80 classes. */
  private static final double PUBLISHED_PER_CLASS = 10.0 / 80;

  /**
   * As strong on every class as published, whatever the number of classes: the official form is a
   * mean over classes, the paper's a sum.
   */
  @Override
  public double weight(int classes) {
    if (weight != null) {
      return weight;
    }
    return where.variant() == Variant.PAPER ? PUBLISHED_PER_CLASS : PUBLISHED_PER_CLASS * classes;
  }

  @Override
  public Region region() {
    return where.region();
  }

  @Override
  public Optional<String> obstacle(int classes) {
    return ClassMaps.obstacle(classes);
  }

  @Override
  public Needs needs() {
    return where.needs(TensorKind.CLASS_SCORES);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    ClassMaps.requireClasses(this, pairing);
    RowChoice choice = where.rows(TensorKind.CLASS_SCORES);
    double divided = divisor * where.unscaled(temperature);
    return step -> {
      RowRegion rows = choice.rows(step);
      if (rows.count() == 0) {
        return Optional.empty();
      }
      NDArray perPosition =
          ClassificationDistillationLoss.perPosition(
              step.classes().student(rows),
              step.classes().teacher(rows.rows()),
              temperature,
              where.variant());
      NDArray shares = step.manager().create(rows.sharesPerLevel());
      return Optional.of(new Addends(perPosition.mul(shares), 1 / divided));
    };
  }
}
