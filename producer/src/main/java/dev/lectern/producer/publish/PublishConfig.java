package dev.lectern.producer.publish;

import dev.lectern.producer.augment.AugmentPlan;
import dev.lectern.producer.augment.Augmentation;
import dev.lectern.producer.augment.CanvasSize;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.producer.dataset.DifficultObjects;
import dev.lectern.schemas.config.FileName;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.topic.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings of one {@code publish}. Any of them may be null: the default is taken, or a mistake
 * reported where there is none.
 *
 * @param name of the dataset: the prefix of its topics
 * @param format of the annotations
 * @param sources the parts of the dataset; or else {@code split}, {@code annotations}, {@code
 *     images} and {@code splitFile} describe the only one (and are null in the finished record)
 * @param split of the only source
 * @param annotations of the only source
 * @param images of the only source
 * @param splitFile of the only source
 * @param classNames the classes in the order of their labels; default: COCO all categories by id,
 *     VOC all names in alphabetical order; YOLO needs this or {@code classNamesFile}
 * @param classNamesFile YAML with the key {@code names}, or text with one name per line
 * @param difficultObjects VOC only; default ignore
 * @param size of the canvas; default 416x416
 * @param resize default letterbox
 * @param padding grey value of the canvas where there is no image, 0 to 255; default 114
 * @param viewsPerImage view 0 and this many less one augmented ones; default 1
 * @param seed of the augmentation; default 0
 * @param plan of views 1 and up: a YAML file, or the name of a plan that comes with Lectern; its
 *     {@code resize} and {@code padding} are the defaults of those here
 * @param augment ranges of the plan that is used without {@code plan}
 * @param plainSplits splits of which only view 0 is published; default val and test, if there are
 *     others
 * @param pixelFormat default PNG
 * @param jpegQuality 1 to 100; default 95; has no meaning for PNG
 * @param pngCompression zlib level 0 to 9; default 1; has no meaning for JPEG
 * @param partitions of the views and catalog topics when they are made; default 4
 * @param threads that decode, resize and encode; default: one per core
 * @param inFlightBytes limit on decoded images, and as much again on views not yet acknowledged;
 *     one image or view is let through whatever its size; default 256 MiB
 * @param maxImagePixels an image with more pixels is left out; default 100 million
 */
public record PublishConfig(
    String name,
    DatasetFormat format,
    List<DatasetSource> sources,
    String split,
    Path annotations,
    Path images,
    Path splitFile,
    List<String> classNames,
    Path classNamesFile,
    DifficultObjects difficultObjects,
    CanvasSize size,
    ResizeMode resize,
    Integer padding,
    Integer viewsPerImage,
    Long seed,
    @FileName(orWord = true) String plan,
    Augmentation augment,
    List<String> plainSplits,
    PixelFormat pixelFormat,
    Integer jpegQuality,
    Integer pngCompression,
    Integer partitions,
    Integer threads,
    Long inFlightBytes,
    Long maxImagePixels) {
  public PublishConfig {
    if (name == null) {
      throw new UserMistakeException("name: found nothing, expected the dataset's name");
    }
    Topics.checkedName(name);
    if (format == null) {
      throw new UserMistakeException("format: found nothing, expected coco, voc or yolo");
    }
    boolean single = split != null || annotations != null || images != null || splitFile != null;
    if (sources != null && !sources.isEmpty() && single) {
      throw new UserMistakeException(
          "sources and split, annotations, images or split-file: found both, expected one of the"
              + " two ways");
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
                + (format == DatasetFormat.COCO ? "JSON file" : "folder of XML files"));
      }
    }
    if (sources.stream().allMatch(DatasetSource::unlabelled)) {
      throw new UserMistakeException(
          "sources: found unlabelled ones alone, expected one with annotations, which name the"
              + " classes");
    }
    if (classNames != null && classNamesFile != null) {
      throw new UserMistakeException(
          "class-names and class-names-file: found both, expected one of them");
    }
    classNames = classNames == null ? null : List.copyOf(classNames);
    difficultObjects = difficultObjects == null ? DifficultObjects.IGNORE : difficultObjects;
    size = size == null ? new CanvasSize(416, 416) : size;
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
    padding = within("padding", padding, 114, 0, 255);
    viewsPerImage = within("views-per-image", viewsPerImage, 1, 1, 10_000);
    seed = seed == null ? 0L : seed;
    plainSplits = plainSplits == null ? evaluationSplits(sources) : List.copyOf(plainSplits);
    pixelFormat = pixelFormat == null ? PixelFormat.PNG : pixelFormat;
    jpegQuality = within("jpeg-quality", jpegQuality, 95, 1, 100);
    pngCompression = within("png-compression", pngCompression, 1, 0, 9);
    partitions = within("partitions", partitions, 4, 1, 10_000);
    threads = within("threads", threads, Runtime.getRuntime().availableProcessors(), 1, 1024);
    inFlightBytes = within("in-flight-bytes", inFlightBytes, 256L << 20, 1L, 1L << 40);
    maxImagePixels = within("max-image-pixels", maxImagePixels, 100_000_000L, 1L, 500_000_000L);
  }

  /** Settings for one source, everything else at its default. */
  public static PublishConfig of(String name, DatasetFormat format, DatasetSource source) {
    return new PublishConfig(
        name,
        format,
        List.of(source),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** Copy that makes the plain view of each image only, with a resize of its own. */
  PublishConfig plain(ResizeMode other) {
    return new PublishConfig(
        name,
        format,
        sources,
        null,
        null,
        null,
        null,
        classNames,
        classNamesFile,
        difficultObjects,
        size,
        other,
        padding,
        1,
        seed,
        null,
        null,
        plainSplits,
        pixelFormat,
        jpegQuality,
        pngCompression,
        partitions,
        threads,
        inFlightBytes,
        maxImagePixels);
  }

  /** The view plan that these settings ask for. */
  public ViewPlan viewPlan() {
    AugmentPlan steps = plan == null ? augment.asPlan() : AugmentPlan.load(plan);
    return new ViewPlan(size, resize, padding, viewsPerImage, seed, steps);
  }

  private static List<String> evaluationSplits(List<DatasetSource> sources) {
    List<String> splits = List.of("val", "test");
    boolean others = sources.stream().anyMatch(source -> !splits.contains(source.splitName()));
    return others ? splits : List.of();
  }

  /** How many views an image of a split gets. */
  public int viewsOf(String name) {
    return plainSplits.contains(name) ? 1 : viewsPerImage;
  }

  /** Names of the splits, each once, in the order of the sources. */
  public List<String> splits() {
    List<String> splits = new ArrayList<>();
    for (DatasetSource source : sources) {
      if (!splits.contains(source.splitName())) {
        splits.add(source.splitName());
      }
    }
    return splits;
  }

  private static Integer within(String key, Integer value, int standard, int min, int max) {
    return Math.toIntExact(
        within(key, value == null ? null : Long.valueOf(value), (long) standard, min, max));
  }

  private static Long within(String key, Long value, long standard, long min, long max) {
    if (value == null) {
      return standard;
    }
    if (value < min || value > max) {
      throw new UserMistakeException(key + ": found " + value + ", expected " + min + " to " + max);
    }
    return value;
  }
}
