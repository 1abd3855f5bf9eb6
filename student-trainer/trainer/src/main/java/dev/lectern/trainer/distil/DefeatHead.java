package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.DecoupledFeatureLoss;
import dev.lectern.trainer.loss.Rows;
import java.util.Arrays;
import java.util.Optional;

/** Class logits of the second stage on the teacher's proposals, objects and background apart. */
@JsonTypeName("defeat_head")
@About(
    title = "class logits of two second stages: objects and background apart",
    paper = "Guo et al. 2021, arXiv:2103.14475, eq. 4 and 5",
    formula =
        "weight * (w_fg mean_fg T^2 KL(softmax(t/T) || softmax(s/T)) + w_bg mean_bg likewise)",
    strength = "as published: mean over proposals with objects, mean over the others",
    note =
        "on the recorded proposals, at which the student looks too; objects: overlap of"
            + " objective.positive-iou or more")
public record DefeatHead(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "1", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @Key(defaultsTo = "2", min = 0, meaning = "w_fg") double foregroundWeight,
    @Key(defaultsTo = "2", min = 0, meaning = "w_bg") double backgroundWeight,
    @JsonUnwrapped Shared shared)
    implements Method {
  @Override
  public Needs needs() {
    return Needs.ofInstances();
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    return given -> {
      if (given.instances() == null) {
        return Optional.empty();
      }
      Step step = given.ofRows();
      int[] rows = step.instanceRows();
      if (rows.length == 0) {
        return Optional.empty();
      }
      boolean[] foreground = new boolean[rows.length];
      for (int row : step.targets().positives().rows()) {
        foreground[Arrays.binarySearch(rows, row)] = true;
      }
      NDArray student = Rows.take(step.classes().student(), rows);
      DecoupledFeatureLoss.Parts parts =
          DecoupledFeatureLoss.classes(
              student, step.classes().teacher(rows), foreground, temperature);
      return Addends.of(
          parts
              .foreground()
              .mul(Constants.of(student, foregroundWeight))
              .add(parts.background().mul(Constants.of(student, backgroundWeight))));
    };
  }
}
