package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

import dev.lectern.trainer.loss.Variant;

/**
 * One distillation term; an element of {@code losses} in a run's YAML.
 *
 * @param name which loss
 * @param weight factor of the term [ld 0.25, kd 10, cwd 5, cwd_logits 3, imitation 2]
 * @param temperature softens both sides [ld 10, kd 2, cwd 1, cwd_logits 4]
 * @param region where it applies: main, vlr, vlr_paper or vlr_paper_without_main for ld and kd;
 *     main, inside_box, fine_grained, whole_map or general_instances for imitation [main]
 * @param variant official or paper form [official]
 * @param divisor what an ld or kd sum is divided by [official ld: main 4, vlr 16; else 1]
 * @param gamma lower bound of the valuable region as a part of the threshold [0.25]
 * @param adapter what matches the student's feature channels to the teacher's [auto]
 */
public record LossConfig(
    Name name,
    Double weight,
    Double temperature,
    Region region,
    Variant variant,
    Double divisor,
    Double gamma,
    Adapter adapter) {

  /** Distillation losses. */
  public enum Name {
    /** Localization distillation of box distributions. */
    LD,
    /** Classification distillation of class logits. */
    KD,
    /** Channel-wise distillation of neck features. */
    CWD,
    /** Channel-wise distillation of class logit maps. */
    CWD_LOGITS,
    /** Imitation of neck features. */
    IMITATION
  }

  /** Where a term applies. */
  public enum Region {
    MAIN,
    VLR,
    VLR_PAPER,
    VLR_PAPER_WITHOUT_MAIN,
    INSIDE_BOX,
    FINE_GRAINED,
    WHOLE_MAP,
    GENERAL_INSTANCES;

    boolean isValuable() {
      return this == VLR || this == VLR_PAPER || this == VLR_PAPER_WITHOUT_MAIN;
    }
  }

  /** How student features become comparable with the teacher's. */
  public enum Adapter {
    /** A 1x1 convolution where the numbers of channels differ. */
    AUTO,
    /** Always a 1x1 convolution, trained with the run. */
    CONV1X1,
    /** Nothing; the numbers of channels must agree. */
    NONE
  }

  public LossConfig {
    require(name != null, "losses.name", "nothing", "ld, kd, cwd, cwd_logits or imitation");
    weight =
        orElse(
            weight,
            switch (name) {
              case LD -> 0.25;
              case KD -> 10.0;
              case CWD -> 5.0;
              case CWD_LOGITS -> 3.0;
              case IMITATION -> 2.0;
            });
    temperature =
        orElse(
            temperature,
            switch (name) {
              case LD -> 10.0;
              case KD -> 2.0;
              case CWD_LOGITS -> 4.0;
              case CWD, IMITATION -> 1.0;
            });
    region = orElse(region, Region.MAIN);
    variant = orElse(variant, Variant.OFFICIAL);
    divisor =
        orElse(
            divisor,
            name == Name.LD && variant == Variant.OFFICIAL
                ? (region.isValuable() ? 16.0 : 4.0)
                : 1.0);
    gamma = orElse(gamma, 0.25);
    adapter = orElse(adapter, Adapter.AUTO);
    require(weight > 0, "losses.weight", weight, "more than 0; leave a loss out to switch it off");
    require(temperature > 0, "losses.temperature", temperature, "more than 0");
    require(divisor > 0, "losses.divisor", divisor, "more than 0");
    require(gamma >= 0 && gamma <= 1, "losses.gamma", gamma, "0 to 1");
    boolean rows = name == Name.LD || name == Name.KD;
    require(
        name == Name.CWD
            || name == Name.CWD_LOGITS
            || region == Region.MAIN
            || region.isValuable() == rows,
        "losses.region",
        region,
        rows
            ? "main, vlr, vlr_paper or vlr_paper_without_main for " + name
            : "main, inside_box, fine_grained, whole_map or general_instances for imitation");
  }

  /** Published settings of a loss on a region. */
  public static LossConfig of(Name name, Region region) {
    return new LossConfig(name, null, null, region, null, null, null, null);
  }
}
