package dev.lectern.trainer.train;

import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.objective.DistillationSettings;
import dev.lectern.trainer.objective.DistillationSettings.BoundedTerm;
import dev.lectern.trainer.objective.DistillationSettings.ImitationTerm;
import dev.lectern.trainer.objective.DistillationSettings.RowTerm;
import dev.lectern.trainer.objective.MapTerm;
import dev.lectern.trainer.target.GflTargetAssembler.Imitation;
import dev.lectern.trainer.target.GflTargetAssembler.Valuable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The list of distillation terms as the objective takes it.
 *
 * @param settings what the objective computes
 * @param adapter how feature channels are matched
 */
record LossPlan(DistillationSettings settings, LossConfig.Adapter adapter) {
  private static final double MARGIN = 0.1;

  /**
   * @throws IllegalArgumentException if a term occurs twice, or terms ask for different valuable
   *     regions
   */
  static LossPlan of(List<LossConfig> losses) {
    RowTerm mainLd = RowTerm.OFF;
    RowTerm valuableLd = RowTerm.OFF;
    RowTerm mainKd = RowTerm.OFF;
    RowTerm valuableKd = RowTerm.OFF;
    Valuable valuable = Valuable.NONE;
    double gamma = 0.25;
    BoundedTerm bounded = BoundedTerm.OFF;
    List<MapTerm> maps = new ArrayList<>();
    ImitationTerm imitation = ImitationTerm.OFF;
    LossConfig.Adapter adapter = LossConfig.Adapter.AUTO;
    for (LossConfig loss : losses) {
      RowTerm rows = new RowTerm(loss.weight(), loss.temperature(), loss.divisor(), loss.variant());
      boolean isRowTerm = loss.name() == LossConfig.Name.LD || loss.name() == LossConfig.Name.KD;
      if (isRowTerm && loss.region().isValuable()) {
        Valuable wanted = valuable(loss.region());
        if (valuable != Valuable.NONE && (valuable != wanted || gamma != loss.gamma())) {
          throw new IllegalArgumentException(
              "losses: found two valuable regions, expected the same region and gamma for ld and kd");
        }
        valuable = wanted;
        gamma = loss.gamma();
      }
      switch (loss.name()) {
        case LD -> {
          if (loss.region().isValuable()) {
            valuableLd = once(valuableLd == RowTerm.OFF, rows, loss);
          } else {
            mainLd = once(mainLd == RowTerm.OFF, rows, loss);
          }
        }
        case KD -> {
          if (loss.region().isValuable()) {
            valuableKd = once(valuableKd == RowTerm.OFF, rows, loss);
          } else {
            mainKd = once(mainKd == RowTerm.OFF, rows, loss);
          }
        }
        case TBR ->
            bounded =
                once(bounded == BoundedTerm.OFF, new BoundedTerm(loss.weight(), MARGIN), loss);
        case IMITATION ->
            imitation =
                once(
                    imitation == ImitationTerm.OFF,
                    new ImitationTerm(loss.weight(), imitation(loss.region()), loss.variant()),
                    loss);
        default -> {
          MapTerm term = LossCatalogue.mapTerm(loss);
          maps.add(once(maps.stream().noneMatch(m -> m.name().equals(term.name())), term, loss));
        }
      }
      if (loss.adapter() != LossConfig.Adapter.AUTO) {
        adapter = loss.adapter();
      }
    }
    return new LossPlan(
        new DistillationSettings(
            mainLd, valuableLd, mainKd, valuableKd, valuable, gamma, bounded, maps, imitation),
        adapter);
  }

  /** The teacher outputs that the losses read. */
  Set<TensorKind> kinds() {
    Set<TensorKind> kinds = EnumSet.noneOf(TensorKind.class);
    if (settings.needsLogits() || settings.needsDenseLogits()) {
      kinds.add(TensorKind.CLASS_SCORES);
      kinds.add(TensorKind.BOX_LOGITS);
    }
    if (settings.needsFeatures()) {
      kinds.add(TensorKind.FPN_FEATURES);
    }
    return kinds;
  }

  private static <T> T once(boolean first, T term, LossConfig loss) {
    if (!first) {
      throw new IllegalArgumentException(
          "losses: found " + loss.name() + " twice on the same region, expected it once");
    }
    return term;
  }

  private static Valuable valuable(LossConfig.Region region) {
    return switch (region) {
      case VLR_PAPER -> Valuable.PAPER;
      case VLR_PAPER_WITHOUT_MAIN -> Valuable.PAPER_WITHOUT_MAIN;
      default -> Valuable.OFFICIAL;
    };
  }

  private static Imitation imitation(LossConfig.Region region) {
    return switch (region) {
      case INSIDE_BOX -> Imitation.INSIDE_BOX;
      case FINE_GRAINED -> Imitation.FINE_GRAINED;
      case WHOLE_MAP -> Imitation.WHOLE_MAP;
      case GENERAL_INSTANCES -> Imitation.GENERAL_INSTANCES;
      default -> Imitation.MAIN;
    };
  }
}
