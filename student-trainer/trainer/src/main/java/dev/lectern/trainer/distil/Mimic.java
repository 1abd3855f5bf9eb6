package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.distil.RoiFeatures.Pooled;
import dev.lectern.trainer.loss.RoiMimicLoss;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.target.ObjectBoxes;
import java.util.List;
import java.util.function.Function;

/** Mimicking the features of proposals, all images' together. */
@JsonTypeName("mimic")
@About(
    title = "features of proposals",
    paper = "Li et al. 2017 (CVPR), Mimicking very efficient network for object detection",
    formula = "weight / (2 K) * sum over K proposals of mean (RoI(t) - RoI(s))^2",
    note =
        "detectors here have no proposals: the teacher's best boxes stand in for them, or the"
            + " annotated ones; published with a 1x1 convolution also where channels agree:"
            + " adapter conv1x1; pooling by RoIAlign on the level of each box's size")
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
    @Key(meaning = Method.ADAPTER) TermSite.Adapter adapter,
    @JsonUnwrapped Shared shared)
    implements Method {
  private static final ObjectBoxes OBJECTS = new ObjectBoxes();

  /** Where proposals come from. */
  public enum Source {
    TEACHER,
    OBJECTS
  }

  @Override
  public boolean needsEqualChannels() {
    return adapter == TermSite.Adapter.NONE;
  }

  @Override
  public TermNeeds needs() {
    return proposals == Source.TEACHER ? TermNeeds.everything() : TermNeeds.features(OBJECTS);
  }

  @Override
  public DistillationTerm term(TermSite site) {
    AdaptedLevels student = AdaptedLevels.all(site, adapter);
    RoiFeatures pooling = new RoiFeatures(site.geometry().strides(), roiSize, sampling);
    Function<TermStep, List<float[]>> source =
        proposals == Source.TEACHER
            ? new TeacherProposals(site.geometry(), candidates, nmsIou, limit)
            : step -> step.targets().part(OBJECTS);
    return DistillationTerm.learning(
        student.learned(),
        (sum, step) -> {
          List<float[]> boxes = source.apply(step);
          if (boxes.stream().anyMatch(own -> own.length > 0)) {
            Pooled pooled =
                pooling.pool(level -> student.of(level, step), step::teacherFeatures, boxes);
            sum.addWhole(RoiMimicLoss.loss(pooled.student(), pooled.teacher()), step.levels());
          }
        });
  }
}
