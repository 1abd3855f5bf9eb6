package dev.lectern.trainer.train;

import static dev.lectern.trainer.train.Settings.orElse;
import static dev.lectern.trainer.train.Settings.require;

import dev.lectern.trainer.loss.Variant;
import java.util.List;
import java.util.Locale;

/**
 * One distillation term; an element of {@code losses} in a run's YAML.
 *
 * @param name which loss
 * @param weight factor of the term [as in the catalogue]
 * @param temperature softens both sides [as in the catalogue]
 * @param region where it applies, for losses that have regions [main]
 * @param variant official or paper form [official]
 * @param divisor what an ld or kd sum is divided by [official ld: main 4, vlr 16; else 1]
 * @param gamma lower bound of the valuable region as a part of the threshold [0.25]
 * @param adapter what matches the student's feature channels to the teacher's [auto]
 * @param levels which levels a loss on maps reads, 0 is the finest [all]
 */
public record LossConfig(
    Name name,
    Double weight,
    Double temperature,
    Region region,
    Variant variant,
    Double divisor,
    Double gamma,
    Adapter adapter,
    List<Integer> levels) {

  /** Distillation losses; {@link LossCatalogue} says what each is. */
  public enum Name {
    LD,
    KD,
    TBR,
    IMITATION,
    FITNETS,
    CWD,
    CWD_LOGITS,
    CWD_CROSS_ENTROPY,
    CWD_YOLO,
    CWD_BHATTACHARYYA,
    CWD_CHANNEL_MSE,
    CWD_L2,
    ATTENTION_TRANSFER,
    LOCAL_AFFINITY,
    PAIRWISE,
    PIXELWISE;

    /** As a configuration writes it. */
    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
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

  /** Fills in the defaults of the catalogue and refuses what the loss does not know. */
  public LossConfig {
    require(
        name != null,
        "losses.name",
        "nothing",
        "one of " + String.join(", ", LossCatalogue.keys()));
    LossCatalogue.Entry entry = LossCatalogue.entry(name);
    weight = orElse(weight, entry.weight());
    temperature = orElse(temperature, entry.temperature().orElse(1));
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
    levels = List.copyOf(orElse(levels, List.of()));
    require(weight > 0, "losses.weight", weight, "more than 0; leave a loss out to switch it off");
    require(temperature > 0, "losses.temperature", temperature, "more than 0");
    require(
        entry.temperature().isPresent() || temperature == 1,
        "losses.temperature",
        temperature,
        "none, " + name.key() + " has no temperature");
    require(divisor > 0, "losses.divisor", divisor, "more than 0");
    require(gamma >= 0 && gamma <= 1, "losses.gamma", gamma, "0 to 1");
    require(
        entry.regions().isEmpty() ? region == Region.MAIN : entry.regions().contains(region),
        "losses.region",
        region,
        entry.regions().isEmpty()
            ? "none, " + name.key() + " has no regions"
            : LossCatalogue.listed(entry.regions()) + " for " + name.key());
    require(
        entry.variants().contains(variant),
        "losses.variant",
        variant,
        LossCatalogue.listed(entry.variants()) + " for " + name.key());
    require(
        levels.isEmpty() || entry.map().isPresent(),
        "losses.levels",
        levels,
        "none, " + name.key() + " reads all levels");
    require(levels.stream().allMatch(l -> l >= 0), "losses.levels", levels, "0 or more each");
  }

  /** Published settings of a loss on a region. */
  public static LossConfig of(Name name, Region region) {
    return new LossConfig(name, null, null, region, null, null, null, null, null);
  }
}
