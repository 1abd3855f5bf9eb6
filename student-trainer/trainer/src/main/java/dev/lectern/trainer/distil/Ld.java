package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.LocalizationDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.view.BoxDistributions;
import java.util.Optional;

/** Localization distillation. */
@JsonTypeName("ld")
@About(
    title = "localization distillation of box edge distributions",
    paper = "Zheng et al. 2022, arXiv:2102.12252",
    formula = "weight / divisor * sum_rows w * sum_edges T^2 KL(softmax(t/T) || softmax(s/T))",
    strength =
        "mean over rows x 130 (other regions than main: weighted mean x 320), sum over bins / 17",
    note =
        "official averages over bins and sums over rows, paper sums over both; normalised sums over"
            + " bins and averages over rows")
public record Ld(
    @Key(defaultsTo = "0.25", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "10", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @JsonUnwrapped RowKeys where,
    @Key(
            shownDefault = "-",
            min = 1e-6,
            meaning = "of the sum; else 4 on main and 16 elsewhere, paper 1")
        Double divisor,
    @JsonUnwrapped Shared shared)
    implements Method {
  private static final float MIN_WEIGHT = 1e-6f;

  @Override
  public Region region() {
    return where.region();
  }

  @Override
  public Needs needs() {
    return where.needs(TensorKind.BOX_LOGITS).withDistributions().orOfInstances();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    RowChoice choice = where.rows(TensorKind.BOX_LOGITS);
    double divided =
        sumDivisor()
            * where.unscaled(temperature)
            * (where.variant() == Reading.NORMALISED ? PublishedSetting.BINS : 1);
    return given -> {
      Step step = given.ofRows();
      RowRegion rows = choice.rows(step);
      if (rows.count() == 0) {
        return Optional.empty();
      }
      NDArray perRow =
          perEdge(rows, step.distributions().orElseThrow()).reshape(-1, 4).sum(new int[] {1});
      NDArray weights = choice.weights(rows, step);
      NDArray weighed = perRow.mul(weights);
      if (where.variant() != Reading.NORMALISED) {
        return Optional.of(new Addends(weighed, 1 / divided));
      }
      return Optional.of(
          where.region() == Region.MAIN
              ? new Addends(weighed, PublishedSetting.POSITIVES / (divided * rows.count()))
              : new Addends(
                  weighed.div(weights.sum().maximum(Constants.of(weights, MIN_WEIGHT))),
                  PublishedSetting.VALUABLE_WEIGHT / divided));
    };
  }

  /** Normalised, the divergence is a sum over bins. */
  private Variant formula() {
    return where.variant() == Reading.OFFICIAL ? Variant.OFFICIAL : Variant.PAPER;
  }

  private double sumDivisor() {
    if (divisor != null) {
      return divisor;
    }
    return where.variant() == Reading.PAPER ? 1 : where.region() == Region.MAIN ? 4 : 16;
  }

  private NDArray perEdge(RowRegion rows, BoxDistributions distributions) {
    int bins = distributions.bins();
    NDArray student = distributions.student(rows).reshape(-1, bins);
    return distributions.areAlike()
        ? LocalizationDistillationLoss.perEdge(
            student, distributions.teacher(rows.rows()).reshape(-1, bins), temperature, formula())
        : LocalizationDistillationLoss.perEdgeFrom(
            student, distributions.probabilities(rows.rows()), temperature, formula());
  }
}
