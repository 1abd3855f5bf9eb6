package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.assign.RowRegion;
import dev.lectern.trainer.loss.BinaryClassificationLoss;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.GeneralizedIouLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Binary classification distillation at every position, and the boxes of both networks by their
 * overlap, weighed by what the class scores still differ in.
 */
@JsonTypeName("bckd")
@About(
    title = "binary classification distillation, and boxes by their overlap",
    paper = "Yang et al. 2023, arXiv:2308.14286, eq. 5 to 8",
    formula =
        "weight / P * sum_positions (w_c sum_c |t-s| BCE(s, t) + w_b max_c |t-s| (1 - GIoU(s, t)))",
    strength = "sum over positions / positives, every level",
    note =
        "s, t: probabilities; P: positives of the batch; views without labels are left out. official"
            + " leaves out levels without any positive, as the public code does; normalised and paper do not. box-weight 0 needs no box logits")
public record Bckd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = Method.VARIANT) Reading variant,
    @Key(defaultsTo = "1", min = 0, meaning = "w_c") double classWeight,
    @Key(defaultsTo = "4", min = 0, meaning = "w_b") double boxWeight,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public boolean needsSigmoids() {
    return true;
  }

  @Override
  public Needs needs() {
    List<Needs> needs = new ArrayList<>();
    needs.add(Needs.logits(RegionPart.MAIN, TensorKind.CLASS_SCORES));
    if (boxWeight > 0) {
      needs.add(Needs.logits(RegionPart.MAIN, TensorKind.BOX_LOGITS));
    }
    return Needs.all(needs);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    return step -> {
      RowRegion positives = step.targets().positives();
      int[] rows = rows(step.targets());
      if (rows.length == 0) {
        return Optional.empty();
      }
      NDArray student = step.classes().student(rows);
      NDArray teacher = step.classes().teacher(rows);
      NDArray sum = Constants.times(BinaryClassificationLoss.perRow(student, teacher), classWeight);
      if (boxWeight > 0) {
        NDArray giou =
            GeneralizedIouLoss.overlaps(step.boxes().student(rows), step.boxes().teacher(rows))
                .giou();
        NDArray boxes =
            giou.neg().add(1f).mul(BinaryClassificationLoss.importance(student, teacher));
        sum = sum.add(Constants.times(boxes, boxWeight));
      }
      return Optional.of(new Addends(sum, 1.0 / Math.max(1, positives.count())));
    };
  }

  /** Of images whose positives count: without labels there is nothing to divide by. */
  private int[] rows(BatchTargets targets) {
    BatchRows order = targets.rows();
    return IntStream.range(0, order.levels())
        .filter(level -> variant != Reading.OFFICIAL || targets.positives().count(level) > 0)
        .flatMap(level -> IntStream.range(order.start(level), order.start(level + 1)))
        .filter(row -> targets.learns(order.imageOf(row)))
        .toArray();
  }
}
