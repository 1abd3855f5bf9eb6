package dev.lectern.trainer.catalogue;

import dev.lectern.trainer.catalogue.Method.Channels;
import dev.lectern.trainer.catalogue.Method.Levels;
import dev.lectern.trainer.loss.GeneralInstanceLoss.Comparison;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.TermStep;
import dev.lectern.trainer.objective.term.GeneralInstanceTerm;
import dev.lectern.trainer.objective.term.InstanceSelection;
import dev.lectern.trainer.objective.term.RoiMimicTerm;
import dev.lectern.trainer.objective.term.TeacherProposals;
import dev.lectern.trainer.target.GeneralInstances.Filter;
import dev.lectern.trainer.target.ObjectBoxes;
import java.util.List;
import java.util.function.Function;

/** Methods that compare the features of boxes. */
final class InstanceMethods {
  private static final ObjectBoxes OBJECTS = new ObjectBoxes();

  private InstanceMethods() {}

  static List<Method> all() {
    return List.of(generalInstances(), mimic());
  }

  private static Method generalInstances() {
    return Method.named("gid", "general instances: features, relations and responses")
        .paper("Dai et al. 2021, arXiv:2103.02340, sections 3.1 to 3.4")
        .formula("weight * (w_f feature + w_r relation + w_c classes + w_b boxes)")
        .note(
            "boxes where both networks disagree most, chosen in each step; official is the"
                + " authors' reproduction, whose relations span the batch; paper sums pairs within"
                + " each image and compares boxes by 1 - GIoU. Responses: positions that the"
                + " student's assigner gives to the instances, box distances in strides")
        .officialAndPaper()
        .features(Channels.EQUAL)
        .levels(Levels.ALL)
        .keys(
            MethodKey.whole("instances", 10, 1, "kept per image"),
            MethodKey.between("nms-iou", 0.3, 0, 1, "overlap at which one suppresses another"),
            MethodKey.whole("candidates", 3000, 1, "official: best scores that are looked at"),
            MethodKey.number("least-side", 10, 0, "official: pixels; boxes need longer sides"),
            MethodKey.whole("roi-size", 10, 1, "bins per side of a box"),
            MethodKey.whole("sampling", 2, 0, "samples per bin and axis; 0 for one per cell"),
            MethodKey.choice("comparison", "official: of features", "l2", "l1"),
            MethodKey.number("feature-weight", 5e-4, 0, "w_f"),
            MethodKey.number("relation-weight", 40, 0, "w_r"),
            MethodKey.number("class-weight", 0.1, 0, "w_c"),
            MethodKey.number("box-weight", 1, 0, "w_b"))
        .needs(loss -> TermNeeds.everything())
        .term(InstanceMethods::generalInstanceTerm);
  }

  private static DistillationTerm generalInstanceTerm(LossConfig loss, TermSite site) {
    return new GeneralInstanceTerm(
        site.geometry(),
        loss.adaptersAt(site),
        new InstanceSelection(
            site.geometry(),
            loss.variant(),
            new Filter(
                loss.whole("candidates"),
                loss.number("least-side"),
                loss.number("nms-iou"),
                loss.whole("instances"))),
        new GeneralInstanceTerm.Settings(
            loss.number("feature-weight"),
            loss.number("relation-weight"),
            loss.number("class-weight"),
            loss.number("box-weight"),
            loss.choice("comparison").equals("l1") ? Comparison.L1 : Comparison.L2,
            loss.variant(),
            loss.whole("roi-size"),
            loss.whole("sampling")));
  }

  private static Method mimic() {
    return Method.named("mimic", "features of proposals")
        .paper("Li et al. 2017 (CVPR), Mimicking very efficient network for object detection")
        .formula("weight / (2 K) * sum over K proposals of mean (RoI(t) - RoI(s))^2")
        .note(
            "detectors here have no proposals: the teacher's best boxes stand in for them, or the"
                + " annotated ones; published with a 1x1 convolution also where channels agree:"
                + " adapter conv1x1; pooling by RoIAlign on the level of each box's size")
        .features(Channels.EQUAL)
        .levels(Levels.ALL)
        .keys(
            MethodKey.choice("proposals", "where they come from", "teacher", "objects"),
            MethodKey.whole("limit", 64, 1, "the teacher's boxes kept per image"),
            MethodKey.between("nms-iou", 0.7, 0, 1, "overlap at which one suppresses another"),
            MethodKey.whole("candidates", 1000, 1, "the teacher's best scores looked at"),
            MethodKey.whole("roi-size", 7, 1, "bins per side of a box"),
            MethodKey.whole("sampling", 2, 0, "samples per bin and axis; 0 for one per cell"))
        .needs(
            loss ->
                loss.choice("proposals").equals("teacher")
                    ? TermNeeds.everything()
                    : TermNeeds.features(OBJECTS))
        .term(
            (loss, site) ->
                new RoiMimicTerm(
                    site.geometry(),
                    loss.adaptersAt(site),
                    proposals(loss, site),
                    loss.whole("roi-size"),
                    loss.whole("sampling")));
  }

  private static Function<TermStep, List<float[]>> proposals(LossConfig loss, TermSite site) {
    return loss.choice("proposals").equals("teacher")
        ? new TeacherProposals(
            site.geometry(), loss.whole("candidates"), loss.number("nms-iou"), loss.whole("limit"))
        : step -> step.targets().part(OBJECTS);
  }
}
