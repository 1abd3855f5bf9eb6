package dev.lectern.trainer.train;

import dev.lectern.schemas.config.Nearest;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.loss.AttentionTransferLoss;
import dev.lectern.trainer.loss.ChannelBhattacharyyaLoss;
import dev.lectern.trainer.loss.ChannelMapSquaredLoss;
import dev.lectern.trainer.loss.ChannelWiseCrossEntropyLoss;
import dev.lectern.trainer.loss.ChannelWiseDistillationLoss;
import dev.lectern.trainer.loss.FeatureSquaredLoss;
import dev.lectern.trainer.loss.LocalAffinityLoss;
import dev.lectern.trainer.loss.NormalizedChannelWiseLoss;
import dev.lectern.trainer.loss.PairWiseDistillationLoss;
import dev.lectern.trainer.loss.PixelWiseDistillationLoss;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.MapLoss;
import dev.lectern.trainer.objective.MapTerm;
import dev.lectern.trainer.objective.MapTerm.Channels;
import dev.lectern.trainer.objective.MapTerm.Maps;
import dev.lectern.trainer.train.LossConfig.Name;
import dev.lectern.trainer.train.LossConfig.Region;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every distillation loss that a run can name: what it computes, where it comes from, its defaults
 * and what it needs. {@link LossConfig} takes its defaults and checks from here.
 */
public final class LossCatalogue {
  private static final List<Variant> OFFICIAL = List.of(Variant.OFFICIAL);
  private static final List<Variant> BOTH = List.of(Variant.OFFICIAL, Variant.PAPER);
  private static final List<Region> ROW_REGIONS =
      List.of(Region.MAIN, Region.VLR, Region.VLR_PAPER, Region.VLR_PAPER_WITHOUT_MAIN);
  private static final List<Region> CELL_REGIONS =
      List.of(
          Region.MAIN,
          Region.INSIDE_BOX,
          Region.FINE_GRAINED,
          Region.WHOLE_MAP,
          Region.GENERAL_INSTANCES);
  private static final double POOL_SCALE = 0.5;

  private static final Map<Name, Entry> ENTRIES = new EnumMap<>(Name.class);

  private LossCatalogue() {}

  /**
   * One loss.
   *
   * @param name as runs name it
   * @param title what it is, in a few words
   * @param paper where it was published
   * @param formula one line
   * @param note what the variants are and what else a user could not guess; may be empty
   * @param weight default weight
   * @param temperature default temperature; empty where the loss has none
   * @param regions where it can apply; empty where it reads whole maps
   * @param variants forms that exist, the default first
   * @param needs what the recording must hold
   * @param map how it compares maps; empty for losses on rows and regions
   */
  public record Entry(
      Name name,
      String title,
      String paper,
      String formula,
      String note,
      double weight,
      OptionalDouble temperature,
      List<Region> regions,
      List<Variant> variants,
      String needs,
      Optional<MapKind> map) {

    /** As a configuration writes the name. */
    public String key() {
      return name.key();
    }
  }

  /**
   * A loss that compares maps level by level.
   *
   * @param maps which maps
   * @param channels whether both sides must have as many
   * @param loss the loss with the settings of a run
   */
  public record MapKind(Maps maps, Channels channels, Function<LossConfig, MapLoss> loss) {}

  static {
    rows(
        Name.LD,
        "localization distillation of box edge distributions",
        "Zheng et al. 2022, arXiv:2102.12252",
        "weight / divisor * sum_rows w * sum_edges T^2 KL(softmax(t/T) || softmax(s/T))",
        "official averages over bins, paper sums; divisor 4 on main, 16 on vlr (official)",
        0.25,
        10);
    rows(
        Name.KD,
        "classification distillation of class logits",
        "Hinton et al. 2015, arXiv:1503.02531; as in arXiv:2102.12252",
        "weight * mean over the level's rows of T^2 KL(softmax(t/T) || softmax(s/T))",
        "official averages over classes, paper sums",
        10,
        2);
    add(
        new Entry(
            Name.TBR,
            "teacher-bounded regression of the boxes of the positives",
            "Chen et al. 2017 (NIPS), eq. 4, as taken up in arXiv:2102.12252",
            "weight * mean over positives of [d(s, truth) + 0.1 > d(t, truth)] (1 - GIoU)",
            "d is the Euclidean distance in strides; added to the detector's own box loss",
            1,
            OptionalDouble.empty(),
            List.of(),
            OFFICIAL,
            "logits",
            Optional.empty()));
    add(
        new Entry(
            Name.IMITATION,
            "imitation of neck features at chosen cells",
            "regions compared in arXiv:2102.12252; general instances arXiv:2103.02340",
            "weight * mean over cells and channels of (s - t)^2, summed over levels",
            "official leaves out levels without any positive; general_instances reads logits too",
            2,
            OptionalDouble.empty(),
            CELL_REGIONS,
            BOTH,
            "features; logits for general_instances",
            Optional.empty()));
    features(
        Name.FITNETS,
        "hints: imitation of whole neck maps",
        "Romero et al. 2015, arXiv:1412.6550, eq. 3",
        "weight * mean over all elements of (s - t)^2, summed over levels",
        "",
        2,
        OptionalDouble.empty(),
        OFFICIAL,
        Channels.EQUAL,
        loss -> FeatureSquaredLoss::mean);
    features(
        Name.CWD,
        "channel-wise distillation of neck features",
        "Shu et al. 2021, arXiv:2011.13256, eq. 2 to 4",
        "weight * T^2 / (N C) * sum_channels KL(softmax_HW(t/T) || softmax_HW(s/T))",
        "",
        5,
        OptionalDouble.of(1),
        OFFICIAL,
        Channels.EQUAL,
        loss -> (s, t) -> ChannelWiseDistillationLoss.loss(s, t, loss.temperature()));
    classes(
        Name.CWD_LOGITS,
        "channel-wise distillation of class logit maps",
        "Shu et al. 2021, arXiv:2011.13256",
        "as cwd, one channel per class",
        "",
        3,
        4,
        OFFICIAL,
        loss -> (s, t) -> ChannelWiseDistillationLoss.loss(s, t, loss.temperature()));
    features(
        Name.CWD_CROSS_ENTROPY,
        "cwd with a cross entropy, as its detection port",
        "after arXiv:2011.13256",
        "as cwd with -sum p ln q: the teacher's entropy on top, the same gradient",
        "divides by the channels behind the adapter; published on P3 to P6",
        5,
        OptionalDouble.of(1),
        OFFICIAL,
        Channels.EQUAL,
        loss ->
            (s, t) ->
                ChannelWiseCrossEntropyLoss.loss(s, t, loss.temperature(), s.getShape().get(1)));
    features(
        Name.CWD_YOLO,
        "cwd of normalised maps, as on YOLOv8's necks",
        "after arXiv:2011.13256",
        "cwd of BN(s) and BN(t), batch statistics, no affine map",
        "its published form has a 1x1 convolution also where channels agree: adapter conv1x1;"
            + " the weight is our start value",
        1,
        OptionalDouble.of(1),
        OFFICIAL,
        Channels.EQUAL,
        loss -> (s, t) -> NormalizedChannelWiseLoss.loss(s, t, loss.temperature()));
    features(
        Name.CWD_BHATTACHARYYA,
        "Bhattacharyya distance of channel distributions",
        "ablation of arXiv:2011.13256, section 4.3",
        "weight / (N C) * sum_channels -ln sum_HW sqrt(p q)",
        "the weight is our start value",
        5,
        OptionalDouble.of(1),
        OFFICIAL,
        Channels.EQUAL,
        loss -> (s, t) -> ChannelBhattacharyyaLoss.loss(s, t, loss.temperature()));
    features(
        Name.CWD_CHANNEL_MSE,
        "squared difference of channel distributions",
        "ablation of arXiv:2011.13256, section 4.3",
        "weight / (N C) * sum (softmax_HW(s) - softmax_HW(t))^2",
        "the weight is our start value",
        5,
        OptionalDouble.empty(),
        OFFICIAL,
        Channels.EQUAL,
        loss -> ChannelMapSquaredLoss::loss);
    features(
        Name.CWD_L2,
        "squared difference of features, summed over channels",
        "ablation of arXiv:2011.13256, section 4.3",
        "weight / (N H W) * sum (s - t)^2",
        "the weight is our start value",
        0.02,
        OptionalDouble.empty(),
        OFFICIAL,
        Channels.EQUAL,
        loss -> FeatureSquaredLoss::perPosition);
    features(
        Name.ATTENTION_TRANSFER,
        "where a map is active, whatever its channels",
        "Zagoruyko and Komodakis 2017, arXiv:1612.03928, section 3.1",
        "weight * mean over N, HW of (A_s - A_t)^2, A = mean_c x^2 with L2 norm 1",
        "paper: sum_c |x| and the L2 distance; the weight is the start value for official",
        1000,
        OptionalDouble.empty(),
        BOTH,
        Channels.ANY,
        loss -> (s, t) -> AttentionTransferLoss.loss(s, t, loss.variant()));
    features(
        Name.LOCAL_AFFINITY,
        "distance of each position from its eight neighbours",
        "Xie et al. 2018, arXiv:1810.12020, section 3.2",
        "weight * mean over positions of (c_s - c_t)^2, c = mean distance to the neighbours",
        "the weight is our start value",
        1,
        OptionalDouble.empty(),
        OFFICIAL,
        Channels.ANY,
        loss -> (s, t) -> LocalAffinityLoss.loss(s, t, LocalAffinityLoss.Mode.MEAN));
    features(
        Name.PAIRWISE,
        "cosine similarity of every pair of positions",
        "Liu et al. 2019, arXiv:1903.04197, eq. 2 and 3",
        "weight / (P^2 N) * sum_ij (a_s - a_t)^2, a_ij = cos(f_i, f_j)",
        "official max-pools first, kernel half the map; paper compares all positions: (H W)^2 floats",
        1,
        OptionalDouble.empty(),
        BOTH,
        Channels.ANY,
        loss ->
            loss.variant() == Variant.PAPER
                ? PairWiseDistillationLoss::paper
                : (s, t) -> PairWiseDistillationLoss.official(s, t, POOL_SCALE));
    classes(
        Name.PIXELWISE,
        "softmax over classes at every position",
        "Liu et al. 2019, arXiv:1903.04197, eq. 1",
        "weight / (N C H W) * sum_positions KL(softmax_C(t/T) || softmax_C(s/T))",
        "paper: mean over positions alone, times T^2",
        10,
        1,
        BOTH,
        loss ->
            (s, t) ->
                PixelWiseDistillationLoss.loss(
                    s,
                    t,
                    loss.temperature(),
                    loss.variant() == Variant.PAPER
                        ? PixelWiseDistillationLoss.Reduction.PER_POSITION
                        : PixelWiseDistillationLoss.Reduction.MEAN));
  }

  /** All losses. */
  public static List<Entry> entries() {
    return List.copyOf(ENTRIES.values());
  }

  /** The names, as configurations write them. */
  public static List<String> keys() {
    return ENTRIES.values().stream().map(Entry::key).toList();
  }

  /**
   * The loss of a name as a configuration writes it.
   *
   * @throws UserMistakeException if there is none, with the nearest name
   */
  public static Entry entry(String key) {
    return entries().stream()
        .filter(entry -> entry.key().equals(key.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new UserMistakeException(
                    "unknown loss '"
                        + key
                        + "'"
                        + Nearest.hint(key, keys())
                        + "; expected one of "
                        + String.join(", ", keys())));
  }

  static Entry entry(Name name) {
    return ENTRIES.get(name);
  }

  /** The term that a run's loss on maps becomes. */
  static MapTerm mapTerm(LossConfig loss) {
    MapKind kind = entry(loss.name()).map().orElseThrow();
    return new MapTerm(
        "loss_" + loss.name().key(),
        kind.maps(),
        kind.channels(),
        loss.levels(),
        loss.weight(),
        kind.loss().apply(loss));
  }

  /** Values of an enumeration as a configuration writes them, separated by commas. */
  public static String listed(List<? extends Enum<?>> values) {
    return values.stream()
        .map(value -> value.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static void rows(
      Name name,
      String title,
      String paper,
      String formula,
      String note,
      double weight,
      double temperature) {
    add(
        new Entry(
            name,
            title,
            paper,
            formula,
            note,
            weight,
            OptionalDouble.of(temperature),
            ROW_REGIONS,
            BOTH,
            "logits",
            Optional.empty()));
  }

  private static void features(
      Name name,
      String title,
      String paper,
      String formula,
      String note,
      double weight,
      OptionalDouble temperature,
      List<Variant> variants,
      Channels channels,
      Function<LossConfig, MapLoss> loss) {
    add(
        new Entry(
            name,
            title,
            paper,
            formula,
            note,
            weight,
            temperature,
            List.of(),
            variants,
            "features",
            Optional.of(new MapKind(Maps.FEATURES, channels, loss))));
  }

  private static void classes(
      Name name,
      String title,
      String paper,
      String formula,
      String note,
      double weight,
      double temperature,
      List<Variant> variants,
      Function<LossConfig, MapLoss> loss) {
    add(
        new Entry(
            name,
            title,
            paper,
            formula,
            note,
            weight,
            OptionalDouble.of(temperature),
            List.of(),
            variants,
            "logits",
            Optional.of(new MapKind(Maps.CLASSES, Channels.EQUAL, loss))));
  }

  private static void add(Entry entry) {
    ENTRIES.put(entry.name(), entry);
  }
}
