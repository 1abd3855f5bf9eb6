package dev.lectern.teacher.recognition;

import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.Key;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A head as a published project exports it; {@code published-heads.yaml} lists all of them.
 *
 * @param name in this program
 * @param maps how it is recognised by its maps per level; null if it is not
 * @param export which export it is, for people
 * @param family what the head is called
 * @param input what training does to the pixels of images, by name
 * @param resize what training does to the size of images; null where nobody says so
 * @param classes key {@code classes} of the descriptor; null for the default
 * @param boxes key {@code boxes} of the descriptor, but for the bins; null where there is none
 * @param gridOffset of the priors; null where there are none
 * @param anchors of each cell; null where a cell is a point
 * @param quality key {@code quality} of the descriptor; null for none
 * @param unsure what the file does not say
 * @param advice how to export so that less is lost
 */
record PublishedHead(
    String name,
    Maps maps,
    String export,
    String family,
    String input,
    String resize,
    Map<String, Object> classes,
    Map<String, Object> boxes,
    Double gridOffset,
    Anchors anchors,
    String quality,
    @Key(defaultsTo = "[]", meaning = "what the file does not say") List<String> unsure,
    @Key(defaultsTo = "[]", meaning = "how less is lost") List<String> advice) {
  private static final All ALL = load();

  /** Of D-FINE: W(n) of arXiv:2410.13842, section 4.1, has its steepest part within this bound. */
  private static final double UP = 0.5;

  private static final double REG_SCALE = 4;

  /** The boxes of a cell, by the channels of its maps. */
  enum CellBoxes {
    /** Distributions over the bins of each side. */
    DISTRIBUTION,
    /** Distributions in one map with the classes. */
    BESIDE_CLASSES,
    /** Four numbers, and one of quality. */
    FOUR_AND_QUALITY,
    /** Four numbers for each of several channels of quality. */
    FOUR_FOR_EACH_QUALITY,
    /** Four numbers and all classes nine times. */
    NINE_ANCHORS
  }

  /**
   * What maps per level show.
   *
   * @param boxes of a cell; null for any
   * @param bins per box side; null for any
   * @param minLevels at least so many
   * @param words an expression found in names or metadata, in lower case; null for any
   */
  record Maps(
      CellBoxes boxes,
      Integer bins,
      @Key(defaultsTo = "1", meaning = "at least so many") int minLevels,
      Pattern words) {
    private boolean fit(CellBoxes found, String text, Shown shown) {
      return (boxes == null || boxes == found)
          && (bins == null || bins == shown.bins())
          && shown.strides().size() >= minLevels
          && (words == null || words.matcher(text).find());
    }
  }

  /** Sizes of a level's anchors: stride * octaveBaseScale * 2^(i / scalesPerOctave). */
  record Anchors(
      double octaveBaseScale, int scalesPerOctave, List<Double> ratios, boolean rounded) {
    private List<Double> sizes(int stride) {
      return IntStream.range(0, scalesPerOctave)
          .mapToObj(i -> octaveBaseScale * stride * Math.pow(2, i / (double) scalesPerOctave))
          .map(size -> rounded ? Math.floor(size) : size)
          .toList();
    }

    /** The ratios, if with them a cell has as many anchors as it shows; else none is known. */
    private List<Double> ratios(int perCell) {
      return perCell == scalesPerOctave * ratios.size()
          ? ratios
          : Collections.nCopies(perCell / scalesPerOctave, 1.0);
    }
  }

  /**
   * What a file shows of its head.
   *
   * @param model its name
   * @param bins per box side
   * @param anchors per cell
   * @param strides of the levels
   */
  record Shown(String model, int bins, int anchors, List<Integer> strides) {
    private String in(String text) {
      return text.replace("{model}", model)
          .replace("{bins}", String.valueOf(bins))
          .replace("{anchors}", String.valueOf(anchors));
    }
  }

  private record All(Map<String, Map<String, Object>> inputs, List<PublishedHead> heads) {}

  private static All load() {
    try (InputStream in = PublishedHead.class.getResourceAsStream("/published-heads.yaml")) {
      String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return ConfigLoader.bind(yaml, List.of(), All.class, "published-heads.yaml");
    } catch (IOException e) {
      throw new UncheckedIOException("published-heads.yaml", e);
    }
  }

  /** The head of a name. */
  static PublishedHead named(String name) {
    return ALL.heads().stream().filter(head -> head.name.equals(name)).findFirst().orElseThrow();
  }

  /**
   * The first head that maps per level fit.
   *
   * @param boxes of a cell; null if they are none of those
   * @param text names and metadata of the file, in lower case
   */
  static Optional<PublishedHead> withMaps(CellBoxes boxes, String text, Shown shown) {
    return ALL.heads().stream()
        .filter(head -> head.maps != null && head.maps.fit(boxes, text, shown))
        .findFirst();
  }

  /** The head of YOLOv8 and later; one number a side is a distance. */
  static HeadForm ultralytics(Shown shown) {
    return named(shown.bins() == 1 ? "ultralytics-distances" : "ultralytics").of(shown);
  }

  /** NanoDet; NanoDet-Plus has a level more. */
  static HeadForm nanodet(Shown shown) {
    return named(shown.strides().size() >= 4 ? "nanodet-plus" : "nanodet").of(shown);
  }

  /** As a descriptor describes it. */
  HeadForm of(Shown shown) {
    Map<String, Object> ofInput = new LinkedHashMap<>(ALL.inputs().get(input));
    if (resize != null) {
      ofInput.put("resize", resize);
    }
    return new HeadForm(
        shown.in(export),
        family,
        ofInput,
        classes == null ? Map.of() : classes,
        boxes(shown.bins()),
        priors(shown),
        quality == null ? "none" : quality,
        anchors == null ? 1 : shown.anchors(),
        unsure.stream().map(shown::in).toList(),
        advice);
  }

  private Map<String, Object> boxes(int bins) {
    if (boxes == null) {
      return Map.of();
    }
    Map<String, Object> all = new LinkedHashMap<>(boxes);
    if (boxes.get("form").equals("distribution")) {
      all.put("bins", bins);
    }
    if ("sides".equals(boxes.get("unit"))) {
      all.put("bin-values", sideBins(bins));
    }
    return all;
  }

  private Map<String, Object> priors(Shown shown) {
    Map<String, Object> priors = new LinkedHashMap<>();
    if (gridOffset != null) {
      priors.put("grid-offset", gridOffset);
    }
    if (anchors != null) {
      Map<String, Object> ofCell = new LinkedHashMap<>();
      ofCell.put("sizes", shown.strides().stream().map(anchors::sizes).toList());
      ofCell.put("ratios", anchors.ratios(shown.anchors()));
      if (anchors.rounded()) {
        ofCell.put("rounded", true);
      }
      priors.put("anchors", ofCell);
    }
    return priors;
  }

  /** Moves of a side in widths or heights of the reference box: W(n) / reg_scale. */
  private static List<Double> sideBins(int bins) {
    int last = bins - 1;
    double bound = UP * REG_SCALE;
    double step = Math.pow(bound + 1, 2.0 / (last - 2));
    List<Double> moves = new ArrayList<>();
    for (int n = 0; n <= last; n++) {
      int fromMiddle = n - last / 2;
      double w = n == 0 || n == last ? 2 * bound : Math.pow(step, Math.abs(fromMiddle)) - 1;
      moves.add(Math.signum(fromMiddle) * w / REG_SCALE);
    }
    return moves;
  }
}
