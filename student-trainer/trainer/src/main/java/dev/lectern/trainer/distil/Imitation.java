package dev.lectern.trainer.distil;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.schemas.config.Key;
import dev.lectern.trainer.assign.BatchRows;
import dev.lectern.trainer.assign.RegionPart;
import dev.lectern.trainer.loss.FeatureImitationLoss;
import dev.lectern.trainer.loss.Rows;
import java.util.Arrays;
import java.util.List;

/**
 * Imitation of the teacher's features at chosen cells; the mean over cells and channels of each
 * level. The official variant leaves out levels without any positive, as the public code of
 * localization distillation does; the normalised one averages over levels that have such cells.
 */
@JsonTypeName("imitation")
@About(
    title = "imitation of neck features at chosen cells",
    paper = "regions compared in arXiv:2102.12252; general instances arXiv:2103.02340",
    formula = "weight * mean over cells and channels of (s - t)^2, summed over levels",
    strength = "mean over cells and channels, mean over levels with cells x 3.8",
    note = "official leaves out levels without any positive; general_instances reads logits too")
public record Imitation(
    @Key(defaultsTo = "2", above = 0, meaning = Method.WEIGHT) Double weight,
    @Key(
            choices = {
              "main",
              "inside_box",
              "fine_grained",
              "teacher_boxes",
              "whole_map",
              "general_instances"
            },
            meaning = "where it applies")
        Region region,
    @Key(meaning = Method.VARIANT) Reading variant,
    @Key(defaultsTo = "10", min = 1, meaning = "general instances kept per level and scope")
        int instances,
    @Key(defaultsTo = "0.3", min = 0, max = 1, meaning = "overlap at which one suppresses another")
        double nmsIou,
    @Key(meaning = "what shares one suppression; the public code takes the batch")
        InstanceCells.Scope nmsScope,
    @JsonUnwrapped FeatureLevels features,
    @JsonUnwrapped Shared shared)
    implements OnFeatures.Equal {
  @Override
  public Needs needs() {
    return switch (region) {
      case GENERAL_INSTANCES -> Needs.everything();
      case WHOLE_MAP -> Needs.features();
      case TEACHER_BOXES ->
          Needs.all(
              List.of(Needs.features(), Needs.logitsOfTeacherBoxes(region.part(0).orElseThrow())));
      default -> Needs.features(region.part(0).orElseThrow());
    };
  }

  @Override
  public Term term(Pairing pairing, Layers layers) {
    CellLevels.CellChoice choice = choice();
    AdaptedLevels student = features.equal(pairing, layers);
    return variant == Reading.OFFICIAL
        ? student.sum(
            (level, map, step) ->
                step.targets().positives().count(level) == 0
                    ? Rows.zero(map)
                    : FeatureImitationLoss.loss(
                        map, step.features().teacher(level), choice.cells(level, step)))
        : CellLevels.sum(student, variant, choice, FeatureImitationLoss::loss);
  }

  private CellLevels.CellChoice choice() {
    return switch (region) {
      case GENERAL_INSTANCES -> new InstanceCells(nmsScope, nmsIou, instances);
      case WHOLE_MAP -> Imitation::everywhere;
      default -> {
        RegionPart part = region.part(0).orElseThrow();
        yield (level, step) -> step.targets().region(part).cells(level, step.targets().rows());
      }
    };
  }

  private static boolean[] everywhere(int level, Step step) {
    BatchRows rows = step.targets().rows();
    boolean[] cells = new boolean[rows.start(level + 1) - rows.start(level)];
    Arrays.fill(cells, true);
    return cells;
  }
}
