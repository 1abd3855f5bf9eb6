package dev.lectern.detector;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.backbone.BackboneSettings;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.HeadSettings;
import dev.lectern.detector.neck.NeckSettings;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.Upgraded;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.InputNormalization;
import java.util.List;

/** A student network, as the configuration of a run describes it; YAML with keys in kebab-case. */
@Upgraded(Families.Upgrade.class)
public record DetectorSpec(
    @Key(meaning = "backbone, neck and head of our own, or a TorchScript file with or without head")
        Network network,
    @Key(required = true, min = 1, meaning = "foreground classes") Integer classes,
    @Key(
            shownDefault = "[8, 16, 32, 64, 128], or the head's",
            meaning = "pixels per cell of each level, fine to coarse, each twice the one before")
        List<Integer> strides,
    @Key(
            shownDefault = "0, or the head's",
            meaning = "where priors sit: centre = (cell + offset) * stride")
        Double gridOffset,
    @Key(
            shownDefault = "the views'",
            meaning =
                "width and height, e.g. 416x416, where the student sees views smaller than they are:"
                    + " every pixel is the mean of the area that it covers, boxes follow")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        CanvasSize inputSize,
    @Key(defaultsTo = "{}", meaning = "how pixels become input values") Input input,
    @Key(shownDefault = "resnet", meaning = "of a native network: its name and keys")
        BackboneSettings backbone,
    @Key(shownDefault = "fpn, or the head's", meaning = "of a native network: its name and keys")
        NeckSettings neck,
    @Key(defaultsTo = "{}", meaning = "the family and its keys") HeadSettings head,
    @Key(shownDefault = "required for TorchScript", meaning = "the file") Script script,
    @Key(
            defaultsTo = "[]",
            shownDefault = "none",
            meaning = "starts of the names of parameters that do not learn, e.g. backbone.layer1")
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

  /** Input values = (pixel - mean) / std per channel, pixels on the 0..255 scale. */
  public record Input(
      @Key(meaning = "order of the channels, also of mean and std") ChannelOrder channelOrder,
      @Key(
              defaultsTo = "[123.675, 116.28, 103.53]",
              meaning = "three numbers; the default is ImageNet's")
          List<Double> mean,
      @Key(
              defaultsTo = "[58.395, 57.12, 57.375]",
              meaning = "three positive numbers; the default is ImageNet's")
          List<Double> std) {
    public Input {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
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

  /** A TorchScript model. */
  public record Script(
      @Key(required = true, meaning = "path of the .pt file") @FileName String model,
      @Key(
              defaultsTo = "[]",
              meaning =
                  "what each output of the model is, in its order: cls, dist or feat, an underscore"
                      + " and the stride, e.g. cls_8")
          List<String> outputs) {
    public Script {
      outputs = List.copyOf(outputs);
    }
  }

  public DetectorSpec {
    strides = List.copyOf(strides == null ? head.strides() : strides);
    require(!strides.isEmpty(), "strides", strides, "at least one level");
    for (int i = 0; i < strides.size(); i++) {
      boolean doubled = i == 0 ? strides.get(0) > 0 : strides.get(i) == 2 * strides.get(i - 1);
      require(doubled, "strides", strides, "each twice the one before");
    }
    gridOffset = gridOffset == null ? head.gridOffset() : gridOffset;
    frozen = List.copyOf(frozen);
    if (network == Network.NATIVE) {
      backbone = backbone == null ? ConfigLoader.of("", BackboneSettings.class) : backbone;
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
