package dev.lectern.producer.publish;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.lectern.producer.augment.AugmentPlan;
import dev.lectern.producer.augment.Augmentation;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.producer.dataset.DifficultObjects;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.CanvasSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What to publish: one dataset, its views and how they are stored. Every key but {@code name},
 * {@code format} and {@code images} has a default.
 */
public record PublishConfig(
    @Key(
            required = true,
            meaning =
                "name of the dataset: the prefix of its topics; name@2 for a version with more images")
        String name,
    @JsonUnwrapped Input input,
    @JsonUnwrapped Views views,
    @JsonUnwrapped Pixels pixels,
    @JsonUnwrapped Pipeline pipeline) {

  /**
   * The images and annotations of a dataset. In the finished record {@code sources} holds them all;
   * the keys of a single source are null.
   */
  public record Input(
      @Key(required = true, meaning = "how the dataset is annotated") DatasetFormat format,
      @Key(
              shownDefault = "the one that the keys beside it describe",
              meaning = "the parts of the dataset")
          List<DatasetSource> sources,
      @Key(
              shownDefault = "train, val or test if a file name says so, else train",
              meaning = "name of the split of a single source")
          String split,
      @Key(
              shownDefault = "yolo: images -> labels",
              meaning =
                  "of a single source: COCO's JSON file, VOC's folder of XML files, YOLO's folder of"
                      + " label files, the folder of label maps")
          Path annotations,
      @Key(meaning = "of a single source: the folder that image names are relative to") Path images,
      @Key(
              shownDefault = "all; voc: ImageSets/Main/SPLIT.txt beside the annotations",
              meaning = "of a single source: the images to take, one name or path per line")
          Path splitFile,
      @Key(
              shownDefault = "those of the annotations",
              meaning = "classes in the order of their labels; YOLO needs these or a file of them")
          List<String> classNames,
      @Key(meaning = "YAML with the key names, or one name per line") Path classNamesFile,
      @Key(defaultsTo = "ignore", meaning = "what becomes of VOC's difficult objects")
          DifficultObjects difficultObjects) {
    public Input {
      boolean single = split != null || annotations != null || images != null || splitFile != null;
      if (sources != null && !sources.isEmpty() && single) {
        throw new UserMistakeException(
            "sources and split, annotations, images or split-file: found both, expected one of the two ways");
      }
      if (sources == null || sources.isEmpty()) {
        sources = List.of(new DatasetSource(split, annotations, images, splitFile, ""));
        split = null;
        annotations = null;
        images = null;
        splitFile = null;
      }
      sources = List.copyOf(sources);
      for (DatasetSource source : sources) {
        if (source.annotations() == null && format != DatasetFormat.YOLO && !source.unlabelled()) {
          throw new UserMistakeException(
              "annotations: found nothing, expected the "
                  + switch (format) {
                    case COCO, COCO_LABEL_MAPS -> "JSON file";
                    case LABEL_MAPS -> "folder of label maps";
                    default -> "folder of XML files";
                  });
        }
      }
      if (sources.stream().allMatch(DatasetSource::unlabelled)) {
        throw new UserMistakeException(
            "sources: found unlabelled ones alone, expected one with annotations, which name the classes");
      }
      if (classNames != null && classNamesFile != null) {
        throw new UserMistakeException(
            "class-names and class-names-file: found both, expected one of them");
      }
      classNames = classNames == null ? null : List.copyOf(classNames);
    }

    private List<String> evaluationSplits() {
      List<String> splits = List.of("val", "test");
      boolean others = sources.stream().anyMatch(source -> !splits.contains(source.splitName()));
      return others ? splits : List.of();
    }
  }

  /** The views of each image. */
  public record Views(
      @Key(defaultsTo = "416x416", meaning = "the canvas") CanvasSize size,
      @Key(
              shownDefault = "letterbox, or the plan's",
              meaning = "how an image comes onto the canvas of view 0")
          ResizeMode resize,
      @Key(
              shownDefault = "114, or the plan's",
              min = 0,
              max = 255,
              meaning = "grey value of the canvas where there is no image")
          Integer padding,
      @Key(
              defaultsTo = "1",
              min = 1,
              max = 10_000,
              meaning = "one plain view and so many less one augmented ones")
          int viewsPerImage,
      @Key(defaultsTo = "0", meaning = "decides the augmentation") long seed,
      @Key(
              shownDefault = "the ranges of augment",
              meaning =
                  "steps of views 1 and up: a YAML file, or plain, mmdetection-1x, nanodet or yolov8")
          @FileName(orWord = true)
          String plan,
      @Key(shownDefault = "{}", meaning = "ranges of the plan that needs no file")
          Augmentation augment,
      @Key(
              shownDefault = "val and test, if there are others",
              meaning = "splits of which only view 0 is published")
          List<String> plainSplits) {
    public Views {
      if (plan != null) {
        if (augment != null) {
          throw new UserMistakeException("plan and augment: found both, expected one of them");
        }
        AugmentPlan loaded = AugmentPlan.load(plan);
        resize = resize == null ? loaded.resize() : resize;
        padding = padding == null ? loaded.padding() : padding;
      } else {
        augment = augment == null ? Augmentation.standard() : augment;
      }
      resize = resize == null ? ResizeMode.LETTERBOX : resize;
      padding = padding == null ? Integer.valueOf(114) : padding;
      plainSplits = plainSplits == null ? null : List.copyOf(plainSplits);
    }

    private Views withPlainSplits(List<String> splits) {
      return new Views(size, resize, padding, viewsPerImage, seed, plan, augment, splits);
    }

    private Views plain(ResizeMode other) {
      return new Views(size, other, padding, 1, seed, null, null, plainSplits);
    }
  }

  /** How the pixels of a view are stored. */
  public record Pixels(
      @Key(defaultsTo = "png", meaning = "how a canvas is stored") PixelFormat pixelFormat,
      @Key(defaultsTo = "95", min = 1, max = 100, meaning = "quality of JPEG") int jpegQuality,
      @Key(defaultsTo = "1", min = 0, max = 9, meaning = "zlib level of PNG") int pngCompression) {
    /** The quality of JPEG or the level of PNG. */
    public int level() {
      return pixelFormat == PixelFormat.PNG ? pngCompression : jpegQuality;
    }
  }

  /** How much a publisher does at once. */
  public record Pipeline(
      @Key(
              defaultsTo = "4",
              min = 1,
              max = 10_000,
              meaning = "partitions of the topics of views and catalog when they are made")
          int partitions,
      @Key(
              min = 1,
              max = 1024,
              shownDefault = "one per processor",
              meaning = "threads that decode, resize and encode")
          Integer threads,
      @Key(
              defaultsTo = "268435456",
              min = 1,
              max = 1L << 40,
              meaning =
                  "limit on decoded images, and as much again on views not yet acknowledged; one"
                      + " image or view passes whatever its size")
          long inFlightBytes,
      @Key(
              defaultsTo = "100000000",
              min = 1,
              max = 500_000_000,
              meaning = "an image with more pixels is left out")
          long maxImagePixels) {
    public Pipeline {
      threads =
          threads == null ? Integer.valueOf(Runtime.getRuntime().availableProcessors()) : threads;
    }
  }

  public PublishConfig {
    Topics.checkedDataset(name);
    if (views.plainSplits() == null) {
      views = views.withPlainSplits(input.evaluationSplits());
    }
  }

  /** Copy that makes the plain view of each image only, with a resize of its own. */
  PublishConfig plain(ResizeMode other) {
    return new PublishConfig(name, input, views.plain(other), pixels, pipeline);
  }

  /** The view plan that these settings ask for. */
  public ViewPlan viewPlan() {
    AugmentPlan steps =
        views.plan() == null ? views.augment().asPlan() : AugmentPlan.load(views.plan());
    return new ViewPlan(
        views.size(), views.resize(), views.padding(), views.viewsPerImage(), views.seed(), steps);
  }

  /** How many views an image of a split gets. */
  public int viewsOf(String name) {
    return views.plainSplits().contains(name) ? 1 : views.viewsPerImage();
  }

  /** Names of the splits, each once, in the order of the sources. */
  public List<String> splits() {
    List<String> splits = new ArrayList<>();
    for (DatasetSource source : input.sources()) {
      if (!splits.contains(source.splitName())) {
        splits.add(source.splitName());
      }
    }
    return splits;
  }
}
