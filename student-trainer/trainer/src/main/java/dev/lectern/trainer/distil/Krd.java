package dev.lectern.trainer.distil;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.AreaCells;
import dev.lectern.trainer.distil.network.GatedFusion;
import dev.lectern.trainer.distil.network.GatedFusion.Gates;
import dev.lectern.trainer.distil.network.GatedFusion.Weights;
import dev.lectern.trainer.loss.Constants;
import dev.lectern.trainer.loss.KnowledgeReviewLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Knowledge review and feature decoupling, our reconstruction: the student's levels are fused from
 * the coarsest to the finest by gates over positions and channels, and compared with the teacher's
 * in boxes and outside of them apart.
 */
@JsonTypeName("krd")
@About(
    title = "knowledge review and feature decoupling, a reconstruction",
    paper = "our reconstruction from an abstract; parts of arXiv:2104.09044 and 2111.11837",
    formula = "weight * (w_fg D(P, t, boxes) + w_bg D(P, t, rest)), summed over levels",
    strength = "mean over cells and channels, mean over levels x 5",
    note =
        "only the paper's abstract is at hand, every choice is ours, and its published figures"
            + " do not hold for this form: say so beside results. P: the student's levels"
            + " fused from coarse to fine by gates over positions and channels; D: mean"
            + " squares weighed by the teacher's attention, also of pools")
public record Krd(
    @Key(defaultsTo = "1", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(defaultsTo = "0.5", above = 0, meaning = Method.TEMPERATURE) double temperature,
    @Key(defaultsTo = "256", min = 2, meaning = "of the fused maps, inside the learned layers")
        int channels,
    @Key(defaultsTo = "1", min = 0, meaning = "w_fg") double foregroundWeight,
    @Key(defaultsTo = "0.5", min = 0, meaning = "w_bg") double backgroundWeight,
    @Key(
            choices = {"normalised", "official"},
            meaning = Method.VARIANT)
        Reading variant,
    @Key(defaultsTo = "all", meaning = Levels.MEANING) Levels levels,
    @JsonUnwrapped Shared shared)
    implements Method {
  private static final AreaCells AREAS = new AreaCells();

  @Override
  public Needs needs() {
    return Needs.features(AREAS);
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    List<Integer> chosen = levels.of(pairing);
    int coarsest = chosen.get(chosen.size() - 1);
    List<Weights> weights = new ArrayList<>();
    for (int level : chosen) {
      weights.add(
          fusion(
              layers.at(Integer.toString(level)),
              level == coarsest,
              pairing.studentChannels().get(level),
              pairing.teacherChannels().get(level)));
    }
    Term sum =
        step -> {
          List<NDArray> maps = chosen.stream().map(step.features()::student).toList();
          List<NDArray> fused = GatedFusion.fuse(maps, weights);
          return Addends.perLevel(
              chosen, level -> loss(level, fused.get(chosen.indexOf(level)), step));
        };
    return variant == Reading.NORMALISED
        ? sum.times((double) PublishedSetting.LEVELS / chosen.size())
        : sum;
  }

  private Weights fusion(Layers layers, boolean isCoarsest, int ours, int theirs) {
    return new Weights(
        layers.at("reduce").kernel(channels, ours, 1).array(),
        layers.at("reduce.norm").norm(channels),
        isCoarsest ? Optional.empty() : Optional.of(gates(layers)),
        layers.at("expand").kernel(theirs, channels, 3).array(),
        layers.at("expand.norm").norm(theirs));
  }

  private Gates gates(Layers layers) {
    return new Gates(
        layers.at("position").convolution(2, 2 * channels, 1),
        layers.at("squeeze").linear(channels / 2, channels),
        layers.at("excite").linear(channels, channels / 2));
  }

  private NDArray loss(int level, NDArray fused, Step step) {
    float[] areas = step.targets().part(AREAS).get(level).foreground();
    float[] flags = new float[areas.length];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = areas[i] > 0 ? 1 : 0;
    }
    Shape shape = fused.getShape();
    NDArray covered =
        fused.getManager().create(flags, new Shape(shape.get(0), 1, shape.get(2), shape.get(3)));
    NDArray free = covered.neg().add(1f);
    NDArray teacher = step.features().teacher(level);
    return similarity(fused, teacher, covered, foregroundWeight)
        .add(similarity(fused, teacher, free, backgroundWeight));
  }

  private NDArray similarity(NDArray fused, NDArray teacher, NDArray mask, double factor) {
    return Constants.times(
        KnowledgeReviewLoss.similarity(fused, teacher, mask, temperature), factor);
  }
}
