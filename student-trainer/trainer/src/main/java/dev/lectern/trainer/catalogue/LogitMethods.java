package dev.lectern.trainer.catalogue;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.loss.TeacherBoundedRegressionLoss.Distance;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.term.BoundedRegressionTerm;
import dev.lectern.trainer.objective.term.BoundedRegressionTerm.Normaliser;
import dev.lectern.trainer.objective.term.ClassificationTerm;
import dev.lectern.trainer.objective.term.LocalizationTerm;
import dev.lectern.trainer.objective.term.RecordedRows;
import dev.lectern.trainer.objective.term.RegionRows;
import dev.lectern.trainer.objective.term.RowChoice;
import dev.lectern.trainer.target.RegionPart;
import java.util.List;
import java.util.Locale;

/** Methods on the logits of chosen rows. */
final class LogitMethods {
  private static final MethodKey GAMMA =
      MethodKey.between(
          "gamma", 0.25, 0, 1, "lower bound of the vlr regions as a part of the threshold");

  private static final MethodKey SCALE =
      MethodKey.choice("scale-t2", "factor T^2, which the paper of ld does not print", "yes", "no");

  private LogitMethods() {}

  static List<Method> all() {
    return List.of(localization(), classification(), boundedRegression());
  }

  private static Method localization() {
    return rows("ld", TensorKind.BOX_LOGITS, "localization distillation of box edge distributions")
        .paper("Zheng et al. 2022, arXiv:2102.12252")
        .formula("weight / divisor * sum_rows w * sum_edges T^2 KL(softmax(t/T) || softmax(s/T))")
        .note("official averages over bins, paper sums")
        .weight(0.25)
        .temperature(10)
        .keys(
            MethodKey.dependent(
                "divisor", 1e-6, "of the sum; else official 4 on main and 16 elsewhere, paper 1"),
            SCALE,
            GAMMA)
        .term(
            (loss, site) ->
                new LocalizationTerm(
                    rowsOf(loss, TensorKind.BOX_LOGITS),
                    loss.temperature(),
                    divisor(loss) * unscaled(loss),
                    loss.variant(),
                    site.geometry().rebinning()));
  }

  /** A recording of regions holds what assigners and valuable regions reach, not whole boxes. */
  private static TermNeeds needs(LossConfig loss, TensorKind read) {
    return switch (loss.region()) {
      case RECORDED -> TermNeeds.logitsRecorded(read);
      case INSIDE_BOX_WITHOUT_MAIN -> TermNeeds.logits(loss.regionPart(), read);
      default -> TermNeeds.logitsIn(loss.regionPart(), read);
    };
  }

  private static RowChoice rowsOf(LossConfig loss, TensorKind read) {
    return loss.region() == Region.RECORDED
        ? new RecordedRows(read)
        : new RegionRows(loss.regionPart());
  }

  private static double divisor(LossConfig loss) {
    if (loss.has("divisor")) {
      return loss.number("divisor");
    }
    return loss.variant() == Variant.PAPER ? 1 : loss.region() == Region.MAIN ? 4 : 16;
  }

  /** What undoes the factor τ², where a run asks for that. */
  private static double unscaled(LossConfig loss) {
    return loss.choice("scale-t2").equals("yes") ? 1 : loss.temperature() * loss.temperature();
  }

  private static Method classification() {
    return rows("kd", TensorKind.CLASS_SCORES, "classification distillation of class logits")
        .paper("Hinton et al. 2015, arXiv:1503.02531; as in arXiv:2102.12252")
        .formula(
            "weight / divisor * mean over the level's rows of T^2 KL(softmax(t/T) || softmax(s/T))")
        .note(
            "official averages over classes, paper sums; the default weight is as strong per class as"
                + " the published 10 on the mean of 80 classes, whatever the number of classes")
        .weight(10)
        .meanOfClasses(80)
        .temperature(2)
        .keys(MethodKey.number("divisor", 1, 1e-6, "of the sum besides"), SCALE, GAMMA)
        .term(
            (loss, site) -> {
              loss.requireClasses(site);
              return new ClassificationTerm(
                  rowsOf(loss, TensorKind.CLASS_SCORES),
                  loss.temperature(),
                  loss.number("divisor") * unscaled(loss),
                  loss.variant());
            });
  }

  private static Method boundedRegression() {
    return Method.named("tbr", "teacher-bounded regression of the boxes of the positives")
        .paper("Chen et al. 2017 (NIPS), eq. 4, as taken up in arXiv:2102.12252")
        .formula("weight * mean over positives of [d(s, truth) + margin > d(t, truth)] (1 - GIoU)")
        .note("d compares boxes in strides; added to the detector's own box loss")
        .keys(
            MethodKey.number("margin", 0.1, 0, "in strides, as d"),
            MethodKey.choice("norm", "d: Euclidean distance, or its square", "l2", "l2_squared"),
            MethodKey.choice(
                "normaliser", "what the sum is divided by", "positives", "images", "none"))
        .needs(loss -> TermNeeds.logitsIn(RegionPart.MAIN, TensorKind.BOX_LOGITS))
        .term(
            (loss, site) ->
                new BoundedRegressionTerm(
                    loss.choice("norm").equals("l2") ? Distance.L2 : Distance.L2_SQUARED,
                    loss.number("margin"),
                    Normaliser.valueOf(loss.choice("normaliser").toUpperCase(Locale.ROOT)),
                    site.geometry().rebinning()));
  }

  private static Method.Builder rows(String name, TensorKind read, String title) {
    return Method.named(name, title)
        .regions(
            Region.MAIN,
            Region.VLR,
            Region.VLR_PAPER,
            Region.VLR_PAPER_WITHOUT_MAIN,
            Region.INSIDE_BOX_WITHOUT_MAIN,
            Region.RECORDED)
        .officialAndPaper()
        .needs(loss -> needs(loss, read));
  }
}
