package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.ObjectBoxes;
import dev.lectern.trainer.distil.RoiFeatures.Pooled;
import dev.lectern.trainer.loss.RoiMimicLoss;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Mimicking the features of proposals, all images' together. */
@JsonTypeName("mimic")
@About(
    title = "features of proposals",
    paper = "Li et al. 2017 (CVPR), Mimicking very efficient network for object detection",
    formula = "weight / (2 K) * sum over K proposals of mean (RoI(t) - RoI(s))^2",
    strength = "as published: mean over proposals",
    note =
        "where the teacher has no proposals or other instances, its best boxes stand in for them, or"
            + " the annotated ones; published with a 1x1 convolution also where channels agree:"
            + " adapter conv1x1; pooling by RoIAlign on the level of each box's size, of"
            + " those that both networks have")
public record Mimic(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(meaning = "where they come from") Source proposals,
    @Key(defaultsTo = "64", min = 1, meaning = "the teacher's boxes kept per image") int limit,
    @Key(defaultsTo = "0.7", min = 0, max = 1, meaning = "overlap at which one suppresses another")
        double nmsIou,
    @Key(defaultsTo = "1000", min = 1, meaning = "the teacher's best scores looked at")
        int candidates,
    @Key(defaultsTo = "7", min = 1, meaning = "bins per side of a box") int roiSize,
    @Key(defaultsTo = "2", min = 0, meaning = "samples per bin and axis; 0 for one per cell")
        int sampling,
    @Key(meaning = Method.ADAPTER) Adapter adapter,
    @JsonUnwrapped Shared shared)
    implements Method {
  private static final ObjectBoxes OBJECTS = new ObjectBoxes();

  /** Where proposals come from. */
  public enum Source {
    TEACHER,
    OBJECTS
  }

  @Override
  public Optional<String> conversion() {
    return proposals == Source.TEACHER
        ? Optional.of("the teacher's best boxes stand in for proposals")
        : Optional.empty();
  }

  @Override
  public boolean needsEqualChannels() {
    return adapter == Adapter.NONE;
  }

  @Override
  public Needs needs() {
    return proposals == Source.TEACHER
        ? Needs.everything().with(Needs.Instances.BOXES)
        : Needs.features(OBJECTS);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    List<Integer> levels = pairing.featureLevels();
    AdaptedLevels student = layers.adapted(levels, adapter);
    int[] strides = levels.stream().mapToInt(level -> pairing.strides()[level]).toArray();
    RoiFeatures pooling = new RoiFeatures(strides, roiSize, sampling);
    Function<Step, List<float[]>> source =
        proposals == Source.TEACHER
            ? new TeacherProposals(pairing.input(), candidates, nmsIou, limit)
            : step -> step.targets().part(OBJECTS);
    return step -> {
      List<float[]> boxes = source.apply(step);
      if (boxes.stream().allMatch(own -> own.length == 0)) {
        return Optional.empty();
      }
      Pooled pooled =
          pooling.pool(
              place -> student.of(levels.get(place), step),
              place -> step.features().teacher(levels.get(place)),
              boxes);
      return Addends.of(RoiMimicLoss.loss(pooled.student(), pooled.teacher()));
    };
  }
}
