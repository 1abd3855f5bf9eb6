package dev.lectern.teacher.recognition;

import dev.lectern.teacher.recognition.PublishedHead.CellBoxes;
import dev.lectern.teacher.recognition.PublishedHead.Shown;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Recognises heads with a map (N, C, h, w) per level, by the names and numbers of channels. */
final class MapExports {
  /** Anchors of a cell: three sizes, three ratios. */
  private static final int NINE = 9;

  private static final int NANODET_BINS = 8;

  private final ModelContents model;
  private final List<String> classNames;
  private final HeadTensors head;
  private final List<Integer> strides;
  private final String names;

  private MapExports(ModelContents model, List<String> classNames, HeadTensors head) {
    this.model = model;
    this.classNames = classNames;
    this.head = head;
    this.strides = head.levels().stream().map(HeadTensors.OfLevel::stride).toList();
    this.names = head.names();
  }

  /**
   * What outputs that are maps say, or else the last convolutions.
   *
   * @param classNames empty where unknown
   */
  static Optional<Recognition> recognise(ModelContents model, List<String> classNames) {
    int classes = classNames.size();
    return HeadTensors.ofOutputs(model, classes)
        .filter(head -> !head.isOne())
        .or(() -> HeadTensors.ofInner(model, classes))
        .flatMap(head -> new MapExports(model, classNames, head).recognise());
  }

  /** Several outputs that are maps with class outputs and usual distributions in one. */
  static Optional<Recognition> together(ModelContents model, List<String> classNames) {
    int classes = classNames.size();
    return HeadTensors.ofOutputs(model, classes)
        .filter(head -> head.isOne() && head.levels().size() > 1)
        .filter(head -> HeadParts.USUAL_BINS.contains(head.scoreChannels() - classes))
        .flatMap(head -> new MapExports(model, classNames, head).recognise());
  }

  private Optional<Recognition> recognise() {
    return head.isOne() ? ofOneMap() : form().map(form -> written(form, form.anchors()));
  }

  private Optional<HeadForm> form() {
    long box = head.boxChannels();
    long quality = head.qualityChannels();
    if (isUltralytics()) {
      return Optional.of(PublishedHead.ultralytics(shown(box, 1)));
    }
    CellBoxes boxes = null;
    long anchors = 1;
    if (quality > 1 && box == 4 * quality) {
      boxes = CellBoxes.FOUR_FOR_EACH_QUALITY;
      anchors = quality;
    } else if (box == 4 * NINE && head.scoreChannels() % NINE == 0) {
      boxes = CellBoxes.NINE_ANCHORS;
      anchors = NINE;
    } else if (quality == 1 && box == 4) {
      boxes = CellBoxes.FOUR_AND_QUALITY;
    } else if (box >= 16 && box % 4 == 0 && quality == 0) {
      boxes = CellBoxes.DISTRIBUTION;
    }
    Shown shown = shown(box, anchors);
    return PublishedHead.withMaps(boxes, words(), shown).map(found -> found.of(shown));
  }

  private Shown shown(long boxChannels, long anchors) {
    return new Shown(ultralyticsModel(), (int) (boxChannels / 4), (int) anchors, strides);
  }

  /** Names and metadata, in lower case. */
  private String words() {
    return names
        + model.inputs().stream().map(ModelTensor::name).toList()
        + model.metadata().toString().toLowerCase(Locale.ROOT);
  }

  private boolean isUltralytics() {
    return Ultralytics.made(model.metadata()) || names.contains("cv2.");
  }

  private String ultralyticsModel() {
    return Ultralytics.model(model.metadata()).orElse("YOLOv8, 11 or 26");
  }

  /**
   * Class and box outputs in one map: NanoDet has classes first, Ultralytics boxes. Without telling
   * names 8 bins are NanoDet's, since every published NanoDet has them.
   */
  private Optional<Recognition> ofOneMap() {
    long all = head.scoreChannels();
    int classes = classNames.size();
    long box = all - classes;
    Shown shown = shown(box, 1);
    boolean ultralytics = isUltralytics() || names.matches("p\\d+|raw.*");
    boolean told =
        ultralytics || PublishedHead.withMaps(CellBoxes.BESIDE_CLASSES, words(), shown).isPresent();
    if (classNames.isEmpty() || box < 4 || box % 4 != 0) {
      return told
          ? Optional.of(
              Recognition.refused(
                  "class and box outputs in one map of " + all + " channels",
                  "the file does not say how many of them are classes: give --class-names or"
                      + " --class-names-file"))
          : Optional.empty();
    }
    boolean boxesFirst = ultralytics || !told && shown.bins() != NANODET_BINS;
    HeadForm form = boxesFirst ? PublishedHead.ultralytics(shown) : PublishedHead.nanodet(shown);
    if (!told) {
      form =
          form.alsoUnsure(List.of("whether boxes (Ultralytics) or classes (NanoDet) come first"));
    }
    return Optional.of(
        boxesFirst
            ? written(form, classes, "maps " + box + ":" + all, "maps 0:" + box)
            : written(form, classes, "maps 0:" + classes, "maps " + classes + ":" + all));
  }

  private Recognition written(HeadForm form, int anchors) {
    return written(form, (int) (head.scoreChannels() / anchors), "", "");
  }

  private Recognition written(
      HeadForm form, int classes, String scoreConversion, String boxConversion) {
    DescriptorText text =
        DescriptorText.of(model, form.alsoUnsure(head.unsure()), classNames, classes);
    for (int l = 0; l < strides.size(); l++) {
      HeadTensors.OfLevel level = head.levels().get(l);
      text.tensor("cls." + l, logits(level.scores()), level.stride(), scoreConversion);
      if (level.quality() != null) {
        text.tensor("ctr." + l, logits(level.quality()), level.stride(), "");
      }
      text.tensor(form.boxRole() + "." + l, level.boxes(), level.stride(), boxConversion);
      if (level.features() != null) {
        text.feature(l, level.features(), level.stride());
      }
    }
    return text.end();
  }

  /** The tensor before a sigmoid that ends in an output, where the graph is known. */
  private ModelTensor logits(ModelTensor output) {
    if (!output.operator().equals("Sigmoid")) {
      return output;
    }
    return model
        .graph()
        .flatMap(graph -> graph.logitsOf(output.name()))
        .flatMap(name -> model.inner().stream().filter(t -> t.name().equals(name)).findFirst())
        .orElse(output);
  }
}
