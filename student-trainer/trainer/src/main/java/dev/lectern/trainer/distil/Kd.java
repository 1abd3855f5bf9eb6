package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.ClassificationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.view.ClassRows;
import java.util.Optional;

/** Classification distillation: soft targets at chosen rows. */
@JsonTypeName("kd")
@About(
    title = "classification distillation of class logits",
    paper = "Hinton et al. 2015, arXiv:1503.02531; as in arXiv:2102.12252",
    formula = "weight / divisor * mean over rows of T^2 KL(p(t/T) || p(s/T))",
    strength = "mean over rows x 3.8, sum over classes / 80",
    note =
        "form sigmoid: p is a sigmoid of each class, as the detector scores them, and divergences"
            + " add up; softmax: one softmax over all classes, as published, which needs two"
            + " classes and cannot teach how sure the teacher is of any. The default weight of 1 is"
            + " ours, a tenth of the published one, which harms alone. official: softmax, mean"
            + " over classes and over each level's rows; paper: softmax, summed over classes,"
            + " with weight 0.125")
public record Kd(
    @Key(
            shownDefault = "1 (variant official: 10, paper: 0.125)",
            above = 0,
            meaning = Method.WEIGHT)
        Double weight,
    @Key(defaultsTo = "2", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @JsonUnwrapped RowKeys where,
    @Key(
            meaning =
                "what class logits become: a sigmoid each, or one softmax; official and paper"
                    + " are softmax")
        Form form,
    @Key(defaultsTo = "1", min = 1e-6, meaning = "of the sum besides") double divisor,
    @JsonUnwrapped Shared shared)
    implements Method {
  /** What class logits become. */
  public enum Form {
    /** A probability for each class by itself. */
    SIGMOID,
    /** A distribution over classes. */
    SOFTMAX
  }

  private static final double PUBLISHED_WEIGHT = 10;

  /** Fills in what depends on the variant. */
  public Kd {
    if (where.variant() != Reading.NORMALISED) {
      form = Form.SOFTMAX;
    }
    if (weight == null) {
      weight =
          switch (where.variant()) {
            case NORMALISED -> 1.0;
            case OFFICIAL -> PUBLISHED_WEIGHT;
            case PAPER -> PUBLISHED_WEIGHT / PublishedSetting.CLASSES;
          };
    }
  }

  @Override
  public Region region() {
    return where.region();
  }

  @Override
  public Optional<String> obstacle(int classes) {
    return form == Form.SOFTMAX ? ClassMaps.obstacle(classes) : Optional.empty();
  }

  @Override
  public Needs needs() {
    return where.needs(TensorKind.CLASS_SCORES).orOfInstances();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    if (form == Form.SOFTMAX) {
      ClassMaps.requireClasses(this, pairing);
    }
    RowChoice choice = where.rows(TensorKind.CLASS_SCORES);
    double divided = divisor * where.unscaled(temperature);
    return given -> {
      Step step = given.ofRows();
      RowRegion rows = choice.rows(step);
      if (rows.count() == 0) {
        return Optional.empty();
      }
      ClassRows logits = form == Form.SIGMOID ? step.classes().independent() : step.classes();
      NDArray perPosition = perPosition(logits.student(rows), logits.teacher(rows.rows()));
      if (where.variant() == Reading.NORMALISED) {
        double published = PublishedSetting.LEVELS_WITH_POSITIVES / PublishedSetting.CLASSES;
        return Optional.of(new Addends(perPosition, published / (divided * rows.count())));
      }
      NDArray shares = step.manager().create(rows.sharesPerLevel());
      return Optional.of(new Addends(perPosition.mul(shares), 1 / divided));
    };
  }

  private NDArray perPosition(NDArray student, NDArray teacher) {
    if (form == Form.SIGMOID) {
      return ClassificationDistillationLoss.perPositionOfSigmoids(student, teacher, temperature);
    }
    Variant formula = where.variant() == Reading.OFFICIAL ? Variant.OFFICIAL : Variant.PAPER;
    return ClassificationDistillationLoss.perPosition(student, teacher, temperature, formula);
  }
}
