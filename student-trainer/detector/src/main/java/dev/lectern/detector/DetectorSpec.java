package dev.lectern.detector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.backbone.BackboneSettings;
import dev.lectern.detector.backbone.ResNetSettings;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.neck.NeckSettings;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Upgraded;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.view.InputNormalization;
import java.util.List;

/**
 * What a run's configuration says of its student network; YAML with keys in kebab-case.
 *
 * <p>Every part but {@code classes} has a default, in brackets below.
 *
 * @param network which kind of network [native]
 * @param classes number K of foreground classes, at least 1
 * @param strides pixels per cell of each level, fine to coarse, each twice the one before [8, 16,
 *     32, 64, 128, or as the head says]
 * @param gridOffset prior centre = (cell + gridOffset) * stride [0, or as the family's head says]
 * @param input how pixels become input values
 * @param backbone of a native network
 * @param neck of a native network
 * @param head which family of detectors it is, and that family's own keys
 * @param script of the TorchScript networks
 * @param frozen prefixes of the names of parameters that do not learn, e.g. backbone.layer1 [none]
 */
@Upgraded(Families.Upgrade.class)
public record DetectorSpec(
    Network network,
    Integer classes,
    List<Integer> strides,
    Double gridOffset,
    Input input,
    BackboneSettings backbone,
    NeckSettings neck,
    HeadSettings head,
    Script script,
    List<String> frozen) {

  /** Kinds of networks. */
  public enum Network {
    /** Backbone, neck and head, written in DJL. */
    NATIVE,
    /** A whole TorchScript detector whose outputs are class and box logits per level. */
    TORCHSCRIPT,
    /**
     * A TorchScript network that ends at the neck's features, with the family's head of our own.
     */
    TORCHSCRIPT_NECK
  }

  /**
   * Input values = (pixel - mean) / std per channel, pixels on the 0..255 scale.
   *
   * @param channelOrder order of the channels, also of mean and std [RGB]
   * @param mean three numbers [ImageNet's]
   * @param std three positive numbers [ImageNet's]
   */
  public record Input(ChannelOrder channelOrder, List<Double> mean, List<Double> std) {
    public Input {
      channelOrder = channelOrder == null ? ChannelOrder.RGB : channelOrder;
      mean = List.copyOf(mean == null ? List.of(123.675, 116.28, 103.53) : mean);
      std = List.copyOf(std == null ? List.of(58.395, 57.12, 57.375) : std);
      require(mean.size() == 3, "input.mean", mean, "three numbers");
      require(
          std.size() == 3 && std.stream().allMatch(s -> s > 0),
          "input.std",
          std,
          "three positive numbers");
    }

    /** How pixels become the input. */
    public InputNormalization normalization() {
      return new InputNormalization(channelOrder, floats(mean), floats(std));
    }

    private static float[] floats(List<Double> numbers) {
      float[] floats = new float[numbers.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = numbers.get(i).floatValue();
      }
      return floats;
    }
  }

  /**
   * A TorchScript model.
   *
   * @param model path of the .pt file
   * @param outputs what each output of the model is, in the model's order: cls, dist or feat, an
   *     underscore and the stride, e.g. cls_8
   */
  public record Script(@FileName String model, List<String> outputs) {
    public Script {
      require(model != null && !model.isBlank(), "script.model", model, "the path of a .pt file");
      outputs = outputs == null ? List.of() : List.copyOf(outputs);
    }
  }

  public DetectorSpec {
    network = network == null ? Network.NATIVE : network;
    require(classes != null && classes > 0, "classes", classes, "a positive number");
    head = head == null ? Families.defaultHead() : head;
    strides = List.copyOf(strides == null ? head.strides() : strides);
    require(!strides.isEmpty(), "strides", strides, "at least one level");
    for (int i = 0; i < strides.size(); i++) {
      boolean doubled = i == 0 ? strides.get(0) > 0 : strides.get(i) == 2 * strides.get(i - 1);
      require(doubled, "strides", strides, "each twice the one before");
    }
    gridOffset = gridOffset == null ? head.gridOffset() : gridOffset;
    input = input == null ? new Input(null, null, null) : input;
    frozen = frozen == null ? List.of() : List.copyOf(frozen);
    if (network == Network.NATIVE) {
      backbone = backbone == null ? new ResNetSettings(null, null, null) : backbone;
      require(
          neck == null || head.neck().isPresent(),
          "neck",
          neck,
          "nothing, since the head reads the backbone's maps");
      neck = neck == null ? head.neck().orElse(null) : neck;
      require(script == null, "script", script, "nothing, since network is native");
    } else {
      require(backbone == null, "backbone", backbone, "nothing, since network is " + network);
      require(neck == null, "neck", neck, "nothing, since network is " + network);
      require(script != null, "script", "nothing", "a TorchScript model");
    }
    head = network == Network.TORCHSCRIPT ? head.withoutLayers() : head.withLayers();
  }

  /** Number of levels. */
  public int levels() {
    return strides.size();
  }

  /**
   * As YAML, for files; {@link #parse} reads it back to an equal value. It has the form of the
   * earliest version that can say the same.
   */
  public String toYaml() {
    return Families.of(this).formerYaml(this).orElseGet(() -> ConfigLoader.toYaml(this));
  }

  /**
   * Reads YAML, also that of earlier versions.
   *
   * @param where names the text in messages
   * @throws UserMistakeException if it is not a specification
   */
  public static DetectorSpec parse(String yaml, String where) {
    ObjectNode tree = ConfigLoader.bind(yaml, List.of(), ObjectNode.class, where);
    try {
      new Families.Upgrade().apply(tree);
    } catch (UserMistakeException e) {
      throw new UserMistakeException(where + ": " + e.getMessage(), e);
    }
    return ConfigLoader.bind(ConfigLoader.toYaml(tree), List.of(), DetectorSpec.class, where);
  }

  private static void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": found " + found + ", expected " + expected);
    }
  }
}
